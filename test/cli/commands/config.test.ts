import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';

let build: CliBuild;
let cli: Cli;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  await cli.writeConfig(CONFIG);
});
afterEach(() => cli.close());

const CONFIG = `# the office gateway
port: 0
proxy-url: http://user:proxy-password@proxy.test:3128
api-keys:
  - sk-client-secret-0123456789
remote-management:
  secret-key: "management-secret"
claude-api-key:
  - api-key: sk-ant-secret-0123456789
    headers: { X-Token: header-secret, User-Agent: mine }
  # - api-key: sk-ant-commented-out-01
`;
const SECRETS = [
  'proxy-password',
  'sk-client-secret-0123456789',
  'management-secret',
  'sk-ant-secret-0123456789',
  'header-secret',
  'sk-ant-commented-out-01',
];

test('show masks every secret and keeps all else; --reveal does not', async () => {
  const { code, stdout } = await cli.run(['config', 'show']);
  expect(code).toBe(0);
  for (const secret of SECRETS) expect(stdout).not.toContain(secret);
  for (const kept of ['# the office gateway', 'port: 0', 'proxy.test:3128', 'User-Agent: mine'])
    expect(stdout).toContain(kept);
  expect((await cli.run(['config', 'show', '--reveal'])).stdout).toBe(CONFIG);
  expect(JSON.stringify((await cli.json(['config', 'show'])).details)).not.toContain('secret-0123456789');
});

test('show refuses to guess at the secrets of a file that is no YAML', async () => {
  await cli.writeConfig('api-keys: [sk-client-secret-0123456789\n');
  const { code, stdout, stderr } = await cli.run(['config', 'show']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toContain('sk-client-secret');
});

test('path follows flag, environment, working folder and home', async () => {
  const path = async (args: readonly string[], env = {}): Promise<string> =>
    (await cli.run(['config', 'path', ...args], { env, cwd: build.folder })).stdout.trim();
  expect(await path([])).toBe(cli.configPath);
  expect(await path([], { CLIPROXY_CONFIG: '/nowhere/a.yaml' })).toBe('/nowhere/a.yaml');
  expect(await path(['--config', '/nowhere/b.yaml'], { CLIPROXY_CONFIG: '/nowhere/a.yaml' })).toBe('/nowhere/b.yaml');
});

test('validate names every problem with line and column', async () => {
  await cli.writeConfig('port: never\nworkers: many\nclaude-api-key:\n  - api-key: x\n    weight: 2000000\n');
  const { code, stdout, stderr } = await cli.run(['config', 'validate']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('line 1, column 7, port');
  expect(stderr).toContain('line 2, column 10, workers');
  expect(stderr).toContain('claude-api-key[0].weight');
  const { details } = await cli.json(['config', 'validate']);
  expect(details).toMatchObject({ valid: false, code: 'config_invalid', config_exists: true });
  expect(details['problems']).toHaveLength(3);
});

test('validate says yes to a good file and where a missing one would be', async () => {
  expect(await cli.run(['config', 'validate'])).toMatchObject({ code: 0, stdout: `valid: ${cli.configPath}\n` });
  const missing = await cli.json(['config', 'validate', '--config', join(cli.home, 'none.yaml')]);
  expect(missing).toMatchObject({ code: 2, details: { config_exists: false } });
});

test('schema prints a JSON schema that knows the settings', async () => {
  const { stdout } = await cli.run(['config', 'schema']);
  expect(JSON.parse(stdout)).toMatchObject({ properties: { port: {}, 'claude-api-key': {} } });
});

async function editor(script: string): Promise<Record<string, string>> {
  const path = join(cli.home, 'editor.sh');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { EDITOR: path };
}

test('edit saves what is valid, with its mode kept and no copy left behind', async () => {
  const env = await editor('sed -i.bak "s/^port: 0/port: 4711/" "$1"');
  const { code, stdout } = await cli.run(['config', 'edit'], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('saved');
  expect(await cli.readConfig()).toBe(CONFIG.replace('port: 0', 'port: 4711'));
  expect((await stat(cli.configPath)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(cli.home, 'run'))).toEqual([]);
});

test('edit discards what is invalid, names the problem, and leaves the file as it was', async () => {
  const env = await editor('echo "port: nonsense" > "$1"');
  const { code, stderr } = await cli.run(['config', 'edit'], { env });
  expect(code).toBe(2);
  expect(stderr).toContain('line 1, column 7, port');
  expect(await cli.readConfig()).toBe(CONFIG);
});

test.each([
  { name: 'the editor fails', script: 'exit 3', code: 1, words: 'code 3' },
  { name: 'nothing is changed', script: 'exit 0', code: 0, words: '' },
])('edit writes nothing when $name', async ({ script, code, words }) => {
  const { mtimeMs } = await stat(cli.configPath);
  const result = await cli.run(['config', 'edit'], { env: await editor(script) });
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(words);
  expect((await stat(cli.configPath)).mtimeMs).toBe(mtimeMs);
});

test('edit without an editor says which variable names one', async () => {
  const { code, stderr } = await cli.run(['config', 'edit']);
  expect(code).toBe(2);
  expect(stderr).toContain('$EDITOR');
});
