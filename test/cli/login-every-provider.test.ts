import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { LOGIN_KINDS } from '../../src/cli/login/providers.js';
import { ACCOUNT_PROVIDERS } from '../../src/daemon/providers/registry.js';
import { buildCli, type Cli, type CliBuild, readEnvelope } from '../support/cli.js';
import { consent, follow, freePort } from '../support/oauth/logins.js';
import { type LoginDesks, startLoginDesks, WAYS, type Way } from '../support/provider-contract-logins.js';

let build: CliBuild;
let cli: Cli;
/** Another home, without a daemon, for keys that only go into the config. */
let keys: Cli;
let desks: LoginDesks;

beforeAll(async () => {
  [build, desks] = await Promise.all([buildCli(), startLoginDesks()]);
  [cli, keys] = await Promise.all([build.open(), build.open()]);
  await keys.writeConfig('port: 0\napi-keys: [sk-client-key-0123456789]\n');
  await cli.writeConfig(stringify({ port: 0, 'api-keys': ['sk-client-key-0123456789'], ...desks.settings }));
  for (const [path, content] of Object.entries(desks.homeFiles)) {
    await mkdir(dirname(join(cli.home, path)), { recursive: true });
    await writeFile(join(cli.home, path), content, { mode: 0o600 });
  }
  const started = await cli.json(['start', '--config', cli.configPath]);
  expect(started.ok, JSON.stringify(started)).toBe(true);
}, 60_000);
afterAll(async () => {
  await Promise.all([cli.close(), keys.close()]);
  await Promise.all([desks.close(), build.remove()]);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a login to its end; agrees in the browser, or enters the code, as soon as it is told where. */
async function logIn(way: Way, flags: readonly string[]): Promise<Ended> {
  const secret = way.secret?.(desks);
  const tokenFile = join(cli.home, 'token.txt');
  if (secret !== undefined) await writeFile(tokenFile, secret, { mode: 0o600 });
  const child: ChildProcess = spawn(
    process.execPath,
    [
      ...[cli.script, 'login', '--provider', way.provider, '--method', way.method, '--no-browser', ...flags],
      ...(way.method === 'browser' ? ['--callback-port', String(await freePort())] : []),
      ...(secret === undefined ? [] : ['--token-file', tokenFile]),
      ...(typeof way.flags === 'function' ? way.flags(cli.home) : (way.flags ?? [])),
    ],
    { env: cli.env, cwd: cli.home, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const seen = { stdout: '', stderr: '' };
  let isDone = false;
  const look = (): void => {
    const told = seen.stdout + seen.stderr;
    const found = (way.method === 'browser' ? /https?:[^\s"]+\/oauth\/authorize[^\s"]+/ : way.code)?.exec(told)?.[0];
    if (isDone || found === undefined) return;
    isDone = true;
    if (way.method === 'browser') void consent(found).then(follow);
    else way.approve?.(desks, found);
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    seen.stdout += text;
    look();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    seen.stderr += text;
    look();
  });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, ...seen };
}

const saved = async (name: string): Promise<{ readonly fields: Record<string, unknown>; readonly mode: number }> => {
  const path = join(cli.home, 'auths', name);
  return { fields: JSON.parse(await readFile(path, 'utf8')), mode: (await stat(path)).mode & 0o777 };
};

describe.each(LOGIN_KINDS.filter((kind) => kind.kind === 'account'))('login --provider $name', ({ name, channel }) => {
  const provider = ACCOUNT_PROVIDERS.find((each) => each.channel === channel);

  test('every way that the gateway has is tried here', () => {
    const tried = WAYS.filter((way) => way.provider === name).map(({ method }) => method);
    expect(tried.sort()).toEqual(provider?.logins.map(({ id }) => id).sort());
  });

  test.each(WAYS.filter((way) => way.provider === name))(
    'by $method, for a program: events, one envelope, a private file, and it is in use',
    { timeout: 60_000 },
    async (way) => {
      const { code, stdout, stderr } = await logIn(way, ['--json']);
      expect(code, stdout + stderr).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'policy', standing: provider?.policy.standing });
      const { ok, details } = readEnvelope(`${lines.at(-1)}\n`);
      expect({ ok, provider: details['provider'] }).toEqual({ ok: true, provider: name });
      const { fields, mode } = await saved(String(details['name']));
      expect(provider?.types).toContain(fields['type']);
      expect(mode).toBe(0o600);
      const listed = await cli.json(['credentials']);
      expect(listed.details['credentials']).toContainEqual(
        expect.objectContaining({ id: details['credential'], source: 'file', state: 'ready' }),
      );
    },
  );

  test('for a person: what the terms say, who is logged in, and what to try', { timeout: 60_000 }, async () => {
    const [first] = WAYS.filter((way) => way.provider === name && way.method !== 'device');
    if (first === undefined) throw new Error(`no way for ${name}`);
    const { code, stdout, stderr } = await logIn(first, []);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Logged in as \S+[\s\S]*credential {2}\S+\.json[\s\S]*try {9}\S+/);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(provider?.policy.summary.replaceAll(/\s+/g, ' ').slice(0, 40));
  });
});

test('no secret of a login was printed or logged', async () => {
  const logs = await cli.run(['logs', '--limit', '1000']);
  const names = (await readdir(join(cli.home, 'auths'))).filter((each) => each.endsWith('.json'));
  const files = await Promise.all(names.map(async (each) => (await saved(each)).fields));
  const tokens = files.flatMap((fields) =>
    ['access_token', 'refresh_token', 'kilocodeToken', 'client_secret'].flatMap((member) =>
      typeof fields[member] === 'string' && fields[member] !== '' ? [fields[member]] : [],
    ),
  );
  expect(tokens.length).toBeGreaterThan(5);
  expect(tokens.filter((token) => logs.stdout.includes(token))).toEqual([]);
});

describe.each(LOGIN_KINDS.filter((kind) => kind.kind === 'key'))('login --provider $name', (kind) => {
  const modelOf: Partial<Record<string, readonly string[]>> = {
    'openai-compatibility': ['--model', 'large=big'],
    'codex-api-key': ['--model', 'gpt-5.5'],
  };
  const addressOf: readonly string[] =
    kind.baseUrl === undefined && kind.section !== 'gemini-api-key' && kind.section !== 'claude-api-key'
      ? ['--base-url', 'https://llm.example.com/v1']
      : [];

  // What a person is told is the same for all keys of a section.
  const isFirst = LOGIN_KINDS.find((each) => each.kind === 'key' && each.section === kind.section) === kind;
  const audiences: readonly (readonly [string, readonly string[]])[] = [
    ['for a program', ['--json']],
    ...(isFirst ? [['for a person', []] as const] : []),
  ];

  test.each(audiences)('keeps the key in the config, and prints it nowhere: %s', async (_name, flags) => {
    const key = `k3y-that-nobody-may-see-${kind.name}-${flags.length}`;
    const args = ['login', '--provider', kind.name, '--token-stdin', '--yes', ...addressOf];
    const { code, stdout, stderr } = await keys.run([...args, ...(modelOf[kind.section] ?? []), ...flags], {
      input: `${key}\n`,
    });
    expect(code, stdout + stderr).toBe(0);
    expect(stdout + stderr).not.toContain(key);
    const config = await keys.readConfig();
    expect(config).toMatch(new RegExp(`${kind.section}:[\\s\\S]*${key}`));
    if (kind.baseUrl !== undefined) expect(config).toContain(kind.baseUrl);
    expect((await stat(keys.configPath)).mode & 0o777).toBe(0o600);
    if (flags.length > 0) expect(readEnvelope(stdout)).toMatchObject({ ok: true, details: { provider: kind.name } });
  });
});
