import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/shared/config/load.js';
import { buildCli, type Cli, type CliBuild, readEnvelope } from '../../support/cli.js';
import {
  AUTHORIZE_URL,
  claudeLogin,
  copilotLogin,
  loggedIn,
  type ScriptedLogin,
  type StubDaemon,
  scriptLogin,
  startStubDaemon,
} from '../../support/stub-daemon.js';

let build: CliBuild;
let cli: Cli;
let daemon: StubDaemon | undefined;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  await cli.writeConfig('port: 0\napi-keys: [sk-client-key-0123456789]\n');
});
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
  await cli.close();
});

async function serve(login: ScriptedLogin): Promise<StubDaemon> {
  daemon = await startStubDaemon(cli, {
    listLoginProviders: async () => ({ providers: [claudeLogin, copilotLogin] }),
    showCredential: async () => loggedIn(['claude-opus-4-5']),
    ...login.handlers,
  });
  return daemon;
}

const SECRET = { type: 'question', id: 'token', message: 'The token?', secret: true } as const;
const OPEN = { type: 'open-url', url: AUTHORIZE_URL, redirectUri: 'http://localhost:54545/callback' } as const;

test('with --json each event is a line, and the envelope the last', async () => {
  const login = scriptLogin([OPEN, { type: 'progress', message: 'exchanging the code' }]);
  await serve(login);
  const running = cli.run(['login', 'Claude', '--json', '--no-browser', '--callback-port', '0']);
  login.succeed({ replaced: true });
  const { code, stdout, stderr } = await running;
  const lines = stdout.trimEnd().split('\n');
  const events = lines.slice(0, -1).map((line) => JSON.parse(line));
  expect(events.map(({ type }) => type)).toEqual(['policy', 'open-url', 'progress']);
  for (const event of events) {
    expect(event).toMatchObject({ schema_version: 'cliproxyctl.event.v1', command: 'login' });
  }
  expect(events[0]).toMatchObject({ standing: 'unclear', clientOwner: 'Claude Code' });
  const { ok, command, details } = readEnvelope(`${lines.at(-1)}\n`);
  expect({ code, stderr, ok, command }).toEqual({ code: 0, stderr: '', ok: true, command: 'login' });
  expect(details).toMatchObject({
    provider: 'claude',
    provider_input: 'Claude',
    provider_alias: 'claude',
    provider_supported: true,
    provider_aliased: false,
    project_id: '',
    config_path: cli.configPath,
    config_exists: true,
    stdout: 'Claude authentication successful!\n',
    credential: 'c1a0de00',
    label: 'ann@example.test',
    replaced: true,
    models: 1,
  });
});

test.each([
  { name: 'standard input', args: ['--token-stdin'], input: 'sk-ant-oat01-secret\n', env: {} },
  { name: 'the environment', args: ['--token-env', 'MY_TOKEN'], input: '', env: { MY_TOKEN: 'sk-ant-oat01-secret' } },
])('a token from $name answers the question, and says by itself how to log in', async ({ args, input, env }) => {
  const stub = await serve(scriptLogin([SECRET], (_, { succeed }) => succeed()));
  const { code, stdout, stderr } = await cli.run(['login', 'anthropic', ...args], { input, env });
  expect(code).toBe(0);
  expect(stdout).toContain('Logged in as ann@example.test');
  expect(stdout + stderr).not.toContain('sk-ant-oat01');
  expect(stub.inputsOf('startLogin')).toEqual([{ provider: 'claude', method: 'token' }]);
  expect(stub.inputsOf('answerLogin')).toEqual([{ id: 'login-1', question: 'token', value: 'sk-ant-oat01-secret' }]);
});

test('without a terminal nothing is asked: it says which flag answers, and cancels', async () => {
  const stub = await serve(scriptLogin([SECRET]));
  const { code, stderr } = await cli.run(['login', 'claude', '--method', 'token']);
  expect(code).toBe(2);
  expect(stderr).toContain('--token-stdin, --token-file <file> or --token-env <name>');
  expect(stub.inputsOf('cancelLogin')).toEqual([{ id: 'login-1' }]);
});

test('a question that is no secret is answered by --answer', async () => {
  const choices = [{ value: 'a', label: 'A' }];
  const stub = await serve(
    scriptLogin([{ type: 'question', id: 'account', message: 'Which?', secret: false, choices }], (_, { succeed }) =>
      succeed(),
    ),
  );
  expect((await cli.run(['login', 'claude', '--answer', 'account=a'])).code).toBe(0);
  expect(stub.inputsOf('answerLogin')).toEqual([{ id: 'login-1', question: 'account', value: 'a' }]);
});

test('what the vendor said is told, with the hint and the exit code of the daemon', async () => {
  const login = scriptLogin([]);
  login.fail({ code: 'callback_port_in_use', message: 'port 54545 is in use by nginx', hint: 'choose another' });
  await serve(login);
  const { code, stderr } = await cli.run(['login', 'claude']);
  expect(code).toBe(13);
  expect(stderr).toContain('error: login failed for provider "claude": port 54545 is in use by nginx');
  expect(stderr).toContain('hint: choose another');
});

test('a limited login gets a hint', async () => {
  const login = scriptLogin([]);
  login.fail({ code: 'login_refused', message: 'the token endpoint answered 429' });
  await serve(login);
  const { code, stderr } = await cli.run(['login', 'claude']);
  expect(code).toBe(1);
  expect(stderr).toContain('wait a few minutes');
});

test('--timeout gives up and cancels', async () => {
  const stub = await serve(scriptLogin([OPEN]));
  const { code, stderr } = await cli.run(['login', 'claude', '--timeout', '1', '--no-browser']);
  expect(code).toBe(1);
  expect(stderr).toContain('nobody logged in within 1 s, nothing was saved');
  expect(stub.inputsOf('cancelLogin')).toHaveLength(1);
});

test('a script that is stopped cancels its login', async () => {
  const stub = await serve(scriptLogin([OPEN]));
  const child = spawn(process.execPath, [cli.script, 'login', 'claude', '--json', '--no-browser'], { env: cli.env });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (text.includes('open-url')) child.kill('SIGTERM');
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(readEnvelope(`${stdout.trimEnd().split('\n').at(-1)}\n`).details).toMatchObject({ code: 'cancelled' });
  expect(stub.inputsOf('cancelLogin')).toHaveLength(1);
});

test('a login that was through when it was cancelled counts', async () => {
  const login = scriptLogin([OPEN]);
  await serve(login);
  const child = spawn(process.execPath, [cli.script, 'login', 'claude', '--no-browser'], { env: cli.env });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!text.includes(AUTHORIZE_URL)) return;
    login.finishQuietly();
    child.kill('SIGTERM');
  });
  const [code] = await once(child, 'close');
  expect({ code, stdout: /Logged in as ann@example\.test/.test(stdout) }).toEqual({ code: 0, stdout: true });
});

test.each([
  { alias: 'github-copilot', channel: 'github-copilot', name: 'copilot', aliased: true },
  { alias: ' GitHubCopilot ', channel: 'github-copilot', name: 'copilot', aliased: true },
  { alias: 'copilot', channel: 'github-copilot', name: 'copilot', aliased: false },
])('"$alias" is $name', async ({ alias, channel, name, aliased }) => {
  const login = scriptLogin([]);
  login.succeed();
  const stub = await serve(login);
  const { stdout } = await cli.run(['login', '--provider', alias, '--json']);
  const { details } = readEnvelope(`${stdout.trimEnd().split('\n').at(-1)}\n`);
  expect(details).toMatchObject({ provider: name, provider_input: alias, provider_aliased: aliased });
  expect(stub.inputsOf('startLogin')).toEqual([{ provider: channel }]);
});

describe('wrong usage is exit code 2', () => {
  test('no provider', async () => {
    const { code, details } = await cli.json(['login']);
    expect(code).toBe(2);
    expect(details).toMatchObject({ provider_input: '', error: 'missing provider' });
    expect(details['supported_count']).toBe((details['supported'] as string[]).length);
  });

  test('an unknown provider', async () => {
    const { code, details } = await cli.json(['login', 'foo']);
    expect(code).toBe(2);
    expect(details).toMatchObject({
      provider_input: 'foo',
      provider_alias: 'foo',
      provider_supported: false,
      error: 'unsupported provider "foo"',
    });
    expect((await cli.run(['login', 'foo'])).stderr).toMatch(
      /unsupported provider "foo" \(supported: antigravity, claude, /,
    );
  });

  test('a method that the provider has not', async () => {
    await serve(scriptLogin([]));
    const { code, stderr } = await cli.run(['login', 'copilot', '--method', 'browser']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/GitHub Copilot has no login by browser[\s\S]*device/);
  });
});

test('a running gateway with another config is not logged in to', async () => {
  await serve(scriptLogin([]));
  const { code, stderr } = await cli.run(['login', 'claude', '--config', 'other.yaml']);
  expect(code).toBe(1);
  expect(stderr).toContain(cli.configPath);
});

test('a key is stored in the config, and never printed', async () => {
  const { code, stdout, stderr } = await cli.run(['login', 'gemini', '--token-stdin'], { input: 'AIza-secret-key\n' });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout + stderr).not.toContain('AIza-secret');
  const named = ['login', 'groq', '--token-env', 'GROQ', '--model', 'llama-3.3-70b-versatile=fast'];
  expect(await cli.json(named, { env: { GROQ: 'gsk-secret' } })).toMatchObject({
    code: 0,
    details: { provider: 'groq', changed: true, changes: ['openai-compatibility: groq added'] },
  });
  const { config } = parseConfig(await cli.readConfig(), { path: cli.configPath });
  expect(config?.['gemini-api-key']).toMatchObject([{ 'api-key': 'AIza-secret-key' }]);
  expect(config?.['openai-compatibility']).toMatchObject([
    { name: 'groq', 'base-url': 'https://api.groq.com/openai/v1', models: [{ alias: 'fast' }] },
  ]);
});

test('a key that nobody gave is asked for by naming the flags', async () => {
  const { code, stderr } = await cli.run(['login', 'gemini']);
  expect(code).toBe(2);
  expect(stderr).toContain('--token-stdin');
});
