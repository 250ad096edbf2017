import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import type { Config } from '../../../src/shared/config/schema.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';

let build: CliBuild;
let cli: Cli;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
});
afterEach(() => cli.close());

const KEY = 'sk-ant-secret-0123456789';
const config = async (): Promise<Config> =>
  requireConfig(parseConfig(await cli.readConfig(), { path: cli.configPath })).config;
const addClaude = ['setup', '--provider', 'claude-api-key', '--api-key-env', 'MY_KEY'];

test('flags alone write a valid, private file with a random client key', async () => {
  const { code, stdout, stderr } = await cli.run(addClaude, { env: { MY_KEY: KEY } });
  expect(code).toBe(0);
  const written = await config();
  expect(written).toMatchObject({ host: '127.0.0.1', port: 8317 });
  expect(written['claude-api-key'][0]).toMatchObject({ 'api-key': KEY });
  expect(written['api-keys']).toHaveLength(1);
  expect((await stat(cli.configPath)).mode & 0o777).toBe(0o600);
  expect(stdout).toContain('cliproxyctl setup summary');
  expect(stdout).toContain(`  config: ${cli.configPath}`);
  expect(stdout).toContain('  providers configured: codex=0, claude=1, gemini=0, kiro=0, openai-compat=0');
  expect(stdout).toContain(written['api-keys'][0]);
  expect(stdout + stderr).not.toContain(KEY);
  expect(stderr).toContain('cliproxyctl start');
});

test('the same again changes nothing, and another key is put beside the first with comments kept', async () => {
  await cli.run(addClaude, { env: { MY_KEY: KEY } });
  const first = await cli.readConfig();
  const again = await cli.json(addClaude, { env: { MY_KEY: KEY } });
  expect(again.details).toMatchObject({ changed: false });
  expect(again.details).not.toHaveProperty('client_key');
  expect(await cli.readConfig()).toBe(first);

  await writeFile(cli.configPath, `${first}# the end\n`);
  await cli.run(addClaude, { env: { MY_KEY: `${KEY}-b` } });
  const text = await cli.readConfig();
  expect(text).toContain('# cliproxyctl: what it serves, to whom.');
  expect(text).toContain('# the end');
  expect((await config())['claude-api-key'].map((entry) => entry['api-key'])).toEqual([KEY, `${KEY}-b`]);
});

test('a key comes from a file or from standard input too', async () => {
  const keyFile = join(cli.home, 'key.txt');
  await writeFile(keyFile, `${KEY}-file\n`);
  await cli.run(['setup', '--provider', 'gemini-api-key', '--api-key-file', keyFile]);
  await cli.run(['setup', '--provider', 'codex-api-key', '--api-key-stdin'], { input: `${KEY}-stdin\n` });
  const written = await config();
  expect(written['gemini-api-key'][0]).toMatchObject({ 'api-key': `${KEY}-file` });
  expect(written['codex-api-key'][0]).toMatchObject({
    'api-key': `${KEY}-stdin`,
    'base-url': 'https://api.openai.com/v1',
  });
});

test('a named provider is written with its models, and extended by its name', async () => {
  const named = ['setup', '--provider', 'openai-compatibility', '--name', 'ollama'];
  await cli.run([...named, '--base-url', 'http://127.0.0.1:11434/v1', '--model', 'llama3.3', '--model', 'qwen=fast']);
  const more = await cli.run([...named, '--model', 'llama3.3', '--model', 'phi'], {});
  expect(more.code).toBe(0);
  const { 'openai-compatibility': providers } = await config();
  expect(providers).toHaveLength(1);
  expect(providers[0]).toMatchObject({
    name: 'ollama',
    'base-url': 'http://127.0.0.1:11434/v1',
    'api-key-entries': [],
  });
  expect(providers[0]?.models.map(({ name, alias }) => `${name}/${alias ?? name}`)).toEqual([
    'llama3.3/llama3.3',
    'qwen/fast',
    'phi/phi',
  ]);
});

test('--yes alone writes the defaults, --port sets the port of an existing file', async () => {
  await cli.run(['setup', '--yes']);
  expect((await config()).port).toBe(8317);
  await cli.run(['setup', '--port', '9000']);
  expect((await config()).port).toBe(9000);
});

describe('without a terminal and without answers', () => {
  test('a missing config is exit code 2 and names the flags', async () => {
    const { code, stderr } = await cli.run(['setup']);
    expect(code).toBe(2);
    expect(stderr).toContain('--provider');
    expect(stderr).toContain('--yes');
  });

  test('an existing config gets its summary, and --json a summary in any case', async () => {
    expect((await cli.json(['setup'])).details).toMatchObject({ config_path: cli.configPath, config_exists: false });
    await cli.run(['setup', '--yes']);
    const { ok, details } = await cli.json(['setup']);
    expect(ok).toBe(true);
    expect(details).toMatchObject({ config_path: cli.configPath, config_exists: true });
    expect(details['stdout']).toContain('cliproxyctl setup summary\n  config: ');
  });
});

test.each([
  { name: 'no key', args: ['--provider', 'claude-api-key'], hint: '--api-key-env' },
  { name: 'an empty variable', args: ['--provider', 'claude-api-key', '--api-key-env', 'NOT_SET'], hint: 'NOT_SET' },
  {
    name: 'two places for the key',
    args: ['--provider', 'claude-api-key', '--api-key-env', 'A', '--api-key-stdin'],
    hint: 'one place',
  },
  { name: 'no name', args: ['--provider', 'openai-compatibility', '--base-url', 'http://127.0.0.1:1'], hint: '--name' },
  { name: 'no address', args: ['--provider', 'openai-compatibility', '--name', 'x'], hint: '--base-url' },
  {
    name: 'a bad address',
    args: ['--provider', 'openai-compatibility', '--name', 'x', '--base-url', 'ftp://x'],
    hint: '--base-url',
  },
  {
    name: 'no models',
    args: ['--provider', 'openai-compatibility', '--name', 'x', '--base-url', 'http://127.0.0.1:1'],
    hint: '--model',
  },
  { name: 'an unknown provider', args: ['--provider', 'nobody'], hint: 'claude-api-key' },
])('$name is wrong usage, and writes nothing', async ({ args, hint }) => {
  const { code, stderr } = await cli.run(['setup', ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(hint);
  await expect(stat(cli.configPath)).rejects.toThrow('ENOENT');
});

test('a broken config is never written over', async () => {
  await cli.writeConfig('port: nonsense\n');
  const { code, stderr } = await cli.run(addClaude, { env: { MY_KEY: KEY } });
  expect(code).toBe(2);
  expect(stderr).toContain('port');
  expect(await cli.readConfig()).toBe('port: nonsense\n');
});
