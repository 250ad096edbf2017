import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { claudeLogin, copilotLogin, loggedIn, startStubDaemon } from '../../support/stub-daemon.js';

let build: CliBuild;
let cli: Cli;
let upstream: Server;
let upstreamUrl: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  build = await buildCli();
  upstream = createServer((_request, response) => response.writeHead(404).end());
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(async () => {
  upstream.close();
  await build.remove();
});
beforeEach(async () => {
  cli = await build.open();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await cli.close();
});

const config = (more = ''): string => `port: 0
api-keys: [sk-cpx-0123456789abcdefghij]
claude-api-key:
  - api-key: sk-ant-secret-0123456789
    base-url: ${upstreamUrl}
oauth-upstream: { ${['claude', 'codex', 'github-copilot', 'kilo'].map((channel) => `${channel}: '${upstreamUrl}'`).join(', ')} }
${more}`;

/** The state of one check, and the whole answer. */
async function check(id: string, args: readonly string[] = []) {
  const answer = await cli.json(['doctor', ...args]);
  const checks = answer.details['checks'] as { id: string; state: string; message: string; hint?: string }[];
  return { ...answer, check: checks.find((one) => one.id === id) };
}

test('a healthy set-up is exit code 0, with every member that scripts know', async () => {
  await cli.writeConfig(config());
  const { code, ok, details } = await cli.json(['doctor']);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(details).toMatchObject({
    config_path: cli.configPath,
    config_exists: true,
    auth_dir: '~/.cli-proxy-api',
    auth_dir_set: false,
    provider_counts: { codex: 0, claude: 1, gemini: 0, kiro: 0, openai_compatible: 0 },
    status: 'ok',
  });
  const { stdout } = await cli.run(['doctor']);
  expect(stdout).toContain(`doctor ok (config=${cli.configPath})`);
  expect(stdout + JSON.stringify(details)).not.toContain('sk-ant-secret');
});

test('it changes nothing', async () => {
  await cli.writeConfig(config());
  const before = await readdir(cli.home);
  const { mtimeMs } = await stat(cli.configPath);
  await cli.run(['doctor']);
  expect(await readdir(cli.home)).toEqual(before);
  expect((await stat(cli.configPath)).mtimeMs).toBe(mtimeMs);
});

describe('a config that cannot be used is exit code 1', () => {
  test('missing', async () => {
    const { code, ok, details } = await cli.json(['doctor']);
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(details['error']).toBe(`config file is not accessible: ${cli.configPath}: there is no such file`);
    expect(details).toMatchObject({ config_exists: false });
    expect(details).not.toHaveProperty('status');
    const { stderr } = await cli.run(['doctor']);
    expect(stderr).toContain('doctor failed: config file is not accessible');
  });

  test('a folder', async () => {
    await mkdir(cli.configPath);
    const { code, details } = await cli.json(['doctor']);
    expect(code).toBe(1);
    expect(details['error']).toBe(`config path "${cli.configPath}" is a directory`);
  });

  test('broken, with all its problems and their places', async () => {
    await cli.writeConfig('port: nonsense\nworkers: many\n');
    const { code, stdout } = await cli.run(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toContain('line 1, column 7, port');
    expect(stdout).toContain('line 2, column 10, workers');
  });
});

test('one of two upstreams out of reach still serves: exit code 5', async () => {
  await cli.writeConfig(
    config('openai-compatibility:\n  - { name: gone, base-url: "http://127.0.0.1:9/v1", models: [{ name: x }] }\n'),
  );
  const { code, details, check: upstreams } = await check('upstreams');
  expect(code).toBe(5);
  expect(details['status']).toBe('degraded');
  expect(upstreams).toMatchObject({ state: 'warning', message: '1 of 2 need attention' });
});

test('no upstream in reach cannot serve: exit code 1', async () => {
  await cli.writeConfig(config().replace(upstreamUrl, 'http://127.0.0.1:9'));
  expect(await check('upstreams')).toMatchObject({
    code: 1,
    check: { state: 'problem', message: expect.stringContaining('refuses') },
  });
});

test('keys of Vertex AI are credentials too', async () => {
  const entry = `vertex-api-key: [{ api-key: AQ.some-key, base-url: '${upstreamUrl}' }]\n`;
  await cli.writeConfig(config().replace(/claude-api-key:[\s\S]*/, entry));
  const { code, check: found } = await check('credentials');
  expect({ code, found }).toMatchObject({ code: 0, found: { state: 'ok', message: '1 vertex' } });
});

test.each([
  { name: 'no credential', from: /claude-api-key:[\s\S]*/, to: '', id: 'credentials', state: 'problem' },
  { name: 'no client key', from: /api-keys: .*/, to: 'api-keys: []', id: 'client-keys', state: 'warning' },
  { name: 'a short client key', from: /api-keys: .*/, to: 'api-keys: [qz7p3w9d]', id: 'client-keys', state: 'warning' },
])('$name is a $state', async ({ from, to, id, state }) => {
  await cli.writeConfig(config().replace(from, to));
  const { code, check: found } = await check(id);
  expect(found?.state).toBe(state);
  expect(found?.hint).toContain('cliproxyctl');
  expect(code).toBe(state === 'problem' ? 1 : 5);
});

test('what others can read is a finding, and --fix closes it and nothing else', async () => {
  const authDir = join(cli.home, 'my-auths');
  await mkdir(authDir, { mode: 0o755 });
  await writeFile(join(authDir, 'claude.json'), '{}', { mode: 0o644 });
  await cli.writeConfig(config(`auth-dir: ${authDir}\n`));
  await chmod(cli.configPath, 0o644);
  const text = await cli.readConfig();
  expect(await check('permissions')).toMatchObject({
    code: 5,
    check: { state: 'warning', message: '3 of 3 need attention' },
  });

  const fixed = await cli.json(['doctor', '--fix']);
  expect(fixed).toMatchObject({ code: 0, details: { fix: true } });
  expect(fixed.details['fixed']).toHaveLength(3);
  expect((await stat(cli.configPath)).mode & 0o777).toBe(0o600);
  expect((await stat(authDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(authDir, 'claude.json'))).mode & 0o777).toBe(0o600);
  expect(await cli.readConfig()).toBe(text);
});

test('--fix creates a missing config and credential folder, private, with a random client key', async () => {
  const { code, details } = await cli.json(['doctor', '--fix']);
  expect(details).toMatchObject({ fix: true, config_exists: true });
  expect(code).toBe(1); // no provider yet
  expect((await stat(cli.configPath)).mode & 0o777).toBe(0o600);
  expect((await stat(join(cli.home, 'auths'))).mode & 0o777).toBe(0o700);
  expect(await cli.readConfig()).toMatch(/sk-cpx-\w{32}/);
});

test('a port that somebody else holds is named with its owner', async () => {
  const { port } = upstream.address() as AddressInfo;
  await cli.writeConfig(config().replace('port: 0', `port: ${port}`));
  const { code, check: found } = await check('port');
  expect(code).toBe(1);
  expect(found).toMatchObject({ state: 'problem', message: expect.stringContaining(`${port} is in use by`) });
});

test('a process that holds the lock but does not answer is a problem; the lock of a dead one is not', async () => {
  await cli.writeConfig(config());
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  children.push(child);
  await mkdir(join(cli.home, 'run'), { mode: 0o700 });
  const lock = join(cli.home, 'run', 'daemon.lock');
  await writeFile(lock, JSON.stringify({ pid: child.pid, instanceId: 'silent' }));
  expect(await check('instance')).toMatchObject({
    code: 1,
    check: { state: 'problem', message: expect.stringContaining(String(child.pid)) },
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await check('instance')).toMatchObject({ code: 0, check: { state: 'ok' } });
});

test('a running daemon is looked at, not tripped over', { timeout: 60_000 }, async () => {
  await cli.writeConfig(config());
  await cli.run(['start']);
  const { code, check: found } = await check('instance');
  expect(code).toBe(0);
  expect(found).toMatchObject({ state: 'ok', message: expect.stringContaining('ready at http://127.0.0.1:') });
});

describe('logins', () => {
  const auths = (): string => join(cli.home, 'auths');
  beforeEach(async () => {
    await cli.writeConfig(config());
    await mkdir(auths(), { mode: 0o700 });
  });
  const put = (name: string, text: string): Promise<void> => writeFile(join(auths(), name), text, { mode: 0o600 });

  test('nobody has logged in: there is nothing to check', async () => {
    expect((await check('logins')).check).toMatchObject({ state: 'skipped' });
  });

  test('files are counted without a daemon, and those of other programs left out', async () => {
    await put('claude-ann.json', '{"type":"claude","access_token":"sk-ant-oat01-secret"}');
    await put('package.json', '{"name":"x"}');
    const { check: logins, details, code } = await check('logins');
    expect(logins).toMatchObject({ state: 'ok', message: expect.stringContaining(`1 login in ${auths()}`) });
    expect(code).toBe(0);
    expect(JSON.stringify(details)).not.toContain('sk-ant-oat01');
  });

  test('logins alone are credentials enough', async () => {
    await cli.writeConfig(
      `port: 0\napi-keys: [sk-cpx-0123456789abcdefghij]\noauth-upstream: { codex: '${upstreamUrl}' }\n`,
    );
    await put('codex-bob.json', '{"type":"codex"}');
    expect((await check('credentials')).check).toMatchObject({ state: 'ok', message: '1 login' });
  });

  test('what cannot be read is named, never quoted', async () => {
    await put('broken.json', '{"access_token":"sk-ant-oat01-secret"');
    await put('fine.json', '{"type":"claude"}');
    await symlink(join(auths(), 'fine.json'), join(auths(), 'link.json'));
    const { code, details } = await check('logins');
    const { stdout } = await cli.run(['doctor']);
    expect(code).toBe(5);
    expect(stdout).toMatch(/! broken\.json is no JSON[\s\S]*! link\.json is a link/);
    expect(stdout + JSON.stringify(details)).not.toContain('sk-ant-oat01');
  });

  test('a file that cannot be used is named with the reason, one of another program is not', async () => {
    await put('kilo-ann.json', '{"type":"kilo"}');
    const unusable = { ...loggedIn([]), state: 'unusable' as const, email: undefined };
    const daemon = await startStubDaemon(cli, {
      listCredentials: async () => ({
        credentials: [
          { ...unusable, provider: 'kilo', name: 'kilo-ann.json', reason: 'it has no usable "kilocodeToken"' },
          { ...unusable, id: 'b', provider: 'someone-elses', name: 'x.json', reason: 'not supported' },
        ],
      }),
    });
    try {
      const { stdout } = await cli.run(['doctor']);
      expect(stdout).toMatch(
        /! Logins +kilo-ann\.json cannot be used: it has no usable "kilocodeToken"\n +hint: run `cliproxyctl login kilo`/,
      );
      expect(stdout).not.toContain('x.json');
    } finally {
      await daemon.close();
    }
  });

  test('a login that cannot be renewed is told two weeks before its end, and after it', async () => {
    const day = 24 * 60 * 60_000;
    const kilo = (label: string, days: number) => ({
      ...loggedIn([], label),
      provider: 'kilo',
      label,
      email: undefined,
      isRenewable: false as const,
      expiresAt: Date.now() + days * day + 60_000,
    });
    await put('kilo-ann.json', '{"type":"kilo"}');
    const daemon = await startStubDaemon(cli, {
      listCredentials: async () => ({ credentials: [kilo('late', -1), kilo('soon', 13), kilo('fine', 15)] }),
    });
    try {
      const { stdout } = await cli.run(['doctor']);
      expect(stdout).toMatch(
        /! late.*its token has run out, and cannot be renewed\n +hint: run `cliproxyctl login kilo`/,
      );
      expect(stdout).toMatch(/! soon.*its token ends in 13 d.*cannot be renewed/);
      expect(stdout).toMatch(/fine.*its token is good for 15 d/);
    } finally {
      await daemon.close();
    }
  });

  test('the daemon tells who needs a login, and what the vendors say', async () => {
    await put('claude-ann.json', '{"type":"claude"}');
    await put('github-copilot-bob.json', '{"type":"github-copilot"}');
    const lost = { state: 'login-needed' as const, reason: 'invalid_grant' };
    const daemon = await startStubDaemon(cli, {
      listCredentials: async () => ({
        credentials: [
          { ...loggedIn([]), refresh: lost },
          { ...loggedIn([], 'b'), provider: 'copilot', label: 'copilot (bob)', expiresAt: Date.now() + 7_000_000 },
        ],
      }),
      listLoginProviders: async () => ({ providers: [claudeLogin, copilotLogin] }),
    });
    try {
      const { check: logins, code } = await check('logins');
      expect(code).toBe(5);
      expect(logins).toMatchObject({ state: 'warning', facts: { login_needed: [{ id: 'c1a0de00' }] } });
      const { stdout } = await cli.run(['doctor']);
      expect(stdout).toMatch(
        /! ann@example\.test \(claude\) needs a login: invalid_grant\n +hint: run `cliproxyctl login claude`/,
      );
      expect(stdout).toContain('copilot (bob): its token is good for 1 h');
      expect(stdout).toMatch(/✓ Terms[\s\S]*✓ Claude: gateway use is unclear[\s\S]*✓ GitHub Copilot: gateway use is/);
    } finally {
      await daemon.close();
    }
  });
});
