import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CredentialImport, CredentialSummary } from '../../../src/shared/contract/credentials.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { type StubDaemon, startStubDaemon } from '../../support/stub-daemon.js';
import { openTerminal } from '../../support/terminal.js';

const base = { priority: 0, weight: 1, models: 2, state: 'ready' as const, disabled: false };
const ann: CredentialSummary = {
  ...base,
  id: 'c1a0de00',
  provider: 'claude',
  label: 'ann@example.test',
  source: 'file',
  name: 'claude-ann@example.test.json',
  plan: 'max',
  expiresAt: Date.now() + 7_200_000,
  refresh: { state: 'ok' },
};
const bob: CredentialSummary = {
  ...base,
  id: 'c1b0b000',
  provider: 'codex',
  label: 'bob@example.test',
  source: 'file',
  name: 'codex-bob.json',
  refresh: { state: 'login-needed', reason: 'invalid_grant' },
};
const key: CredentialSummary = { ...base, id: 'k000', provider: 'claude', label: 'claude 1', source: 'config' };

let build: CliBuild;
let cli: Cli;
let daemon: StubDaemon;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  daemon = await startStubDaemon(cli, {
    listCredentials: async () => ({ credentials: [ann, bob, key] }),
    updateCredential: async ({ id: _, ...change }) => ({
      ...ann,
      ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null)),
    }),
    removeCredential: async ({ revoke }) => ({ removed: ann.name ?? '', revoked: revoke === true }),
    renameCredential: async ({ name }) => ({ ...ann, name }),
    refreshCredential: async ({ id }) => (id === ann.id ? ann : bob),
    exportCredential: async () => ({ name: ann.name ?? '', content: '{\n  "type": "claude"\n}\n' }),
    importCredentials: async ({ files }) => ({
      imported: files
        .filter(({ name }) => name !== 'taken.json')
        .map(({ name }) => ({ name, id: 'new0', label: 'new' })),
      failed: files
        .filter(({ name }) => name === 'taken.json')
        .map(({ name }) => ({ name, error: 'there is a credential of that name already' })),
    }),
  });
});
afterEach(async () => {
  await daemon.close();
  await cli.close();
});

test('the list tells account, plan, token and source, and who needs a login', async () => {
  const { code, stdout, stderr } = await cli.run(['credentials']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ID +PROVIDER +ACCOUNT +PLAN +STATE +TOKEN +MODELS +SOURCE/);
  expect(stdout).toMatch(
    /c1a0de00 +claude +ann@example\.test +max +ready +for (2 h|1 h) +2 +claude-ann@example\.test\.json/,
  );
  expect(stdout).toMatch(/c1b0b000 +codex +bob@example\.test +login needed +refused/);
  expect(stdout).toMatch(/k000 +claude +claude 1 +ready +2 +config/);
  expect(stderr).toContain('login needed for bob@example.test: `cliproxyctl login codex`');
});

describe('one is meant by', () => {
  test.each([
    { name: 'its id', text: 'c1a0de00' },
    { name: 'the beginning of it', text: 'c1a' },
    { name: 'its label, in any case', text: 'ANN@example.test' },
    { name: 'its file name', text: 'claude-ann@example.test.json' },
    { name: 'its file name without the ending', text: 'claude-ann@example.test' },
    { name: 'the beginning of its label', text: 'ann' },
  ])('$name', async ({ text }) => {
    expect((await cli.run(['credentials', 'disable', text])).code).toBe(0);
    expect(daemon.inputsOf('updateCredential')).toEqual([{ id: 'c1a0de00', disabled: true }]);
  });

  test('nothing, and nothing is changed', async () => {
    const none = await cli.json(['credentials', 'disable', 'zed']);
    expect(none).toMatchObject({ code: 1, details: { code: 'credential_unknown' } });
    const both = await cli.json(['credentials', 'disable', 'c1']);
    expect(both).toMatchObject({ code: 1, details: { code: 'credential_ambiguous' } });
    expect(both.details['candidates']).toEqual([
      { id: 'c1a0de00', label: 'ann@example.test' },
      { id: 'c1b0b000', label: 'bob@example.test' },
    ]);
    expect(daemon.inputsOf('updateCredential')).toEqual([]);
  });
});

test.each([
  { args: ['enable', 'ann'], sent: { disabled: false }, says: 'is used again' },
  { args: ['priority', 'ann', '5'], sent: { priority: 5 }, says: 'has priority 5' },
  { args: ['priority', 'ann', 'default'], sent: { priority: null }, says: 'has priority 0' },
  { args: ['weight', 'ann', '3'], sent: { weight: 3 }, says: 'has weight 3' },
  { args: ['note', 'ann', 'team key'], sent: { note: 'team key' }, says: 'noted as "team key"' },
  { args: ['note', 'ann'], sent: { note: null }, says: 'has no note' },
  { args: ['prefix', 'ann', 'team'], sent: { prefix: 'team' }, says: 'as team/...' },
])('credentials $args', async ({ args, sent, says }) => {
  const { code, stdout } = await cli.run(['credentials', ...args]);
  expect(code).toBe(0);
  expect(stdout).toContain(`ann@example.test (claude) `);
  expect(stdout).toContain(says);
  expect(daemon.inputsOf('updateCredential')).toEqual([{ id: 'c1a0de00', ...sent }]);
});

test.each([
  ['priority', 'ann', 'high'],
  ['weight', 'ann', '1.5'],
  ['rename', 'k000', 'x'],
  ['export', 'k000'],
])('credentials %s %s %s is wrong usage', async (...args) => {
  expect((await cli.run(['credentials', ...args])).code).toBe(2);
});

test('a new file name gets its ending', async () => {
  const { stdout } = await cli.run(['credentials', 'rename', 'ann', 'work']);
  expect(stdout).toContain('ann@example.test (claude) is now work.json');
  expect(daemon.inputsOf('renameCredential')).toEqual([{ id: 'c1a0de00', name: 'work.json' }]);
});

test('a refresh tells what came of it; one that needs a login is exit code 4', async () => {
  expect(await cli.run(['credentials', 'refresh', 'ann'])).toMatchObject({ code: 0 });
  const lost = await cli.json(['credentials', 'refresh', 'bob']);
  expect(lost).toMatchObject({ code: 4, ok: false, details: { code: 'login_needed' } });
  expect(lost.details['hint']).toContain('cliproxyctl login codex');
});

describe('logging out', () => {
  test('tells the vendor, and says how to come back', async () => {
    const { code, stdout, stderr } = await cli.run(['logout', 'ann', '--yes']);
    expect(code).toBe(0);
    expect(stdout).toContain('logged out ann@example.test (claude): claude-ann@example.test.json is removed');
    expect(stderr).toContain('cliproxyctl login claude');
    expect(daemon.inputsOf('removeCredential')).toEqual([{ id: 'c1a0de00', revoke: true }]);
  });

  test('asks first, and takes no for an answer', { timeout: 60_000 }, async () => {
    const terminal = await openTerminal({
      command: [process.execPath, cli.script, 'logout', 'ann'],
      env: cli.env,
      cwd: cli.home,
    });
    try {
      await terminal.waitFor(/Log out ann@example\.test \(claude\)\? \(y\/N\)/);
      await terminal.press('Enter');
      expect(await terminal.waitFor(/exit code 1/)).toContain('cancelled, nothing was changed');
      expect(daemon.inputsOf('removeCredential')).toEqual([]);
    } finally {
      await terminal.close();
    }
  });

  test('without a terminal needs --yes', async () => {
    const { code, stderr } = await cli.run(['credentials', 'remove', 'ann']);
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(daemon.inputsOf('removeCredential')).toEqual([]);
  });
});

describe('exporting', () => {
  test('prints the file on stdout and nothing else', async () => {
    expect(await cli.run(['credentials', 'export', 'ann'])).toMatchObject({
      code: 0,
      stdout: '{\n  "type": "claude"\n}\n',
      stderr: '',
    });
  });

  test('writes a file of its owner alone, and overwrites none unless told to', async () => {
    const args = ['credentials', 'export', 'ann', '--output', 'ann.json'];
    expect((await cli.run(args)).code).toBe(0);
    const path = join(cli.home, 'ann.json');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, 'mine');
    expect(await cli.json(args)).toMatchObject({ code: 1, details: { code: 'export_exists' } });
    expect(await readFile(path, 'utf8')).toBe('mine');
    expect((await cli.run([...args, '--force'])).code).toBe(0);
    expect(await readFile(path, 'utf8')).toContain('claude');
  });
});

describe('importing', () => {
  const token = (claims: object): string => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  const codexCli = {
    OPENAI_API_KEY: null,
    tokens: {
      id_token: token({
        email: 'ann@example.test',
        'https://api.openai.com/auth': { chatgpt_account_id: 'acc-1111', chatgpt_plan_type: 'plus' },
      }),
      access_token: token({ exp: 1_790_000_000 }),
      refresh_token: 'rt_AAAA',
      account_id: 'acc-1111',
    },
    last_refresh: '2026-03-01T10:00:00Z',
  };
  const sent = (): CredentialImport['files'] =>
    (daemon.inputsOf('importCredentials') as CredentialImport[]).flatMap(({ files }) => files);
  const put = (name: string, content: object): Promise<void> =>
    writeFile(join(cli.home, name), JSON.stringify(content));

  test('a folder: every credential in it, as it is, and why the rest is left', async () => {
    const folder = join(cli.home, 'old');
    await mkdir(join(folder, 'deeper'), { recursive: true });
    await put('old/claude-ann.json', { type: 'claude', access_token: 'a', unknown: [1] });
    await put('old/package.json', { name: 'x' });
    await put('old/deeper/claude.json', { type: 'claude' });
    await writeFile(join(folder, 'broken.json'), '{');
    await symlink(join(folder, 'claude-ann.json'), join(folder, 'link.json'));
    const { code, stdout, stderr } = await cli.run(['credentials', 'import', folder]);
    expect(code).toBe(0);
    expect(stdout).toBe('imported new  claude-ann.json (new0)\n');
    expect(stderr).toMatch(/broken\.json: no credential[\s\S]*link\.json: a link[\s\S]*package\.json: no credential/);
    expect(sent()).toEqual([
      { name: 'claude-ann.json', content: '{"type":"claude","access_token":"a","unknown":[1]}' },
    ]);
  });

  test('the login of Codex CLI stays its own', async () => {
    await put('auth.json', codexCli);
    const { stderr } = await cli.run(['credentials', 'import', 'auth.json']);
    expect(stderr).toMatch(/Codex CLI goes on renewing its login.*--own/);
    const [file] = sent();
    expect(file).toMatchObject({ name: 'codex-dab1374c-ann@example.test-plus.json', readOnly: true });
    expect(JSON.parse(file?.content ?? '')).toMatchObject({
      type: 'codex',
      account_id: 'acc-1111',
      email: 'ann@example.test',
      refresh_token: 'rt_AAAA',
      expired: '2026-09-21T14:13:20.000Z',
    });
  });

  test('--own makes it ours', async () => {
    await put('auth.json', codexCli);
    expect((await cli.run(['credentials', 'import', 'auth.json', '--own'])).stderr).not.toContain('goes on renewing');
    expect(sent()[0]).not.toHaveProperty('readOnly');
  });

  test('the logins of Claude Code and of Copilot plugins are known', async () => {
    await put('.credentials.json', {
      claudeAiOauth: {
        accessToken: 'sk-ant-oat01-x',
        refreshToken: 'sk-ant-ort01-x',
        expiresAt: 1_790_000_000_000,
        scopes: ['user:inference'],
      },
    });
    await put('apps.json', { 'github.com:Iv1.x': { user: 'ann', oauth_token: 'ghu_x' } });
    const { code } = await cli.run(['credentials', 'import', '.credentials.json', 'apps.json']);
    expect(code).toBe(0);
    const [claude, copilot] = sent();
    expect(claude).toMatchObject({ name: 'claude-code.json', readOnly: true });
    expect(JSON.parse(claude?.content ?? '')).toMatchObject({
      type: 'claude',
      access_token: 'sk-ant-oat01-x',
      expired: '2026-09-21T14:13:20.000Z',
    });
    expect(copilot).toMatchObject({ name: 'github-copilot-ann.json' });
    expect(JSON.parse(copilot?.content ?? '')).toEqual({
      type: 'github-copilot',
      access_token: 'ghu_x',
      token_type: 'bearer',
      username: 'ann',
    });
  });

  test('a key of Google Cloud becomes a Vertex credential', async () => {
    const key = { type: 'service_account', project_id: 'demo-1', client_email: 'sa@demo-1.test', private_key: 'PEM' };
    await put('key.json', key);
    expect((await cli.run(['credentials', 'import', 'key.json'])).code).toBe(0);
    const [file] = sent();
    expect(file?.name).toBe('vertex-demo-1.json');
    expect(JSON.parse(file?.content ?? '')).toEqual({
      type: 'vertex',
      project_id: 'demo-1',
      email: 'sa@demo-1.test',
      location: 'us-central1',
      service_account: key,
    });
  });

  test('what fails is told, with exit code 1', async () => {
    await put('taken.json', { type: 'claude' });
    const answer = await cli.json(['credentials', 'import', 'taken.json']);
    expect(answer).toMatchObject({ code: 1, ok: false, details: { imported: [], failed: [{ name: 'taken.json' }] } });
    expect((await cli.run(['credentials', 'import', 'taken.json'])).stderr).toContain('--replace');
  });

  test('a file that holds none, and one that is not there, are errors', async () => {
    await put('package.json', { name: 'x' });
    expect(await cli.json(['credentials', 'import', 'package.json'])).toMatchObject({
      code: 1,
      details: { code: 'import_nothing' },
    });
    expect(await cli.json(['credentials', 'import', 'nowhere.json'])).toMatchObject({
      code: 1,
      details: { code: 'import_unreadable' },
    });
    await chmod(join(cli.home, 'package.json'), 0o600);
    expect(sent()).toEqual([]);
  });
});
