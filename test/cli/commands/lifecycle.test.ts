import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
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

const CONFIG = `host: 127.0.0.1
port: 0
api-keys: [sk-client-key-0123456789, sk-client-key-abcdefghij]
openai-compatibility:
  - name: local
    base-url: http://127.0.0.1:9/v1
    models: [{ name: tiny }]
`;

test('start, status, models, credentials, restart, stop: one life of a gateway', { timeout: 60_000 }, async () => {
  const started = await cli.json(['start']);
  expect(started).toMatchObject({ code: 0, ok: true, details: { already_running: false, models: 1 } });
  const url = String(started.details['url']);
  expect((await fetch(`${url}/healthz`)).ok).toBe(true);

  expect(await cli.json(['start'])).toMatchObject({ code: 0, details: { already_running: true, url } });
  expect((await cli.run(['start'])).stdout).toContain('already running');

  const status = await cli.json(['status']);
  expect(status).toMatchObject({ code: 0, details: { running: true, ready: true, configPath: cli.configPath } });
  expect((await cli.run(['status'])).stdout).toContain(`is ready at ${url}`);
  expect((await cli.run(['models'])).stdout).toMatch(/MODEL[\s\S]*tiny/);
  expect((await cli.json(['models'])).details['models']).toMatchObject([{ id: 'tiny' }]);
  expect((await cli.run(['credentials', 'list'])).stdout).toMatch(/ID[\s\S]*local[\s\S]*ready/);
  expect(await cli.json(['reload'])).toMatchObject({ code: 0, details: { changed: false } });

  const added = await cli.run(['keys', 'add']);
  expect(await cli.readConfig()).toContain(added.stdout.trim());
  expect((await cli.json(['keys'])).details['keys']).toHaveLength(3);

  const again = await cli.json(['restart']);
  expect(again).toMatchObject({ code: 0, details: { already_running: false } });
  expect(again.details['pid']).not.toBe(started.details['pid']);

  expect(await cli.json(['stop'])).toMatchObject({ code: 0, details: { stopped: true } });
  expect(await cli.json(['stop'])).toMatchObject({ code: 0, details: { stopped: false } });
  await expect(stat(join(cli.home, 'run', 'daemon.lock'))).rejects.toThrow('ENOENT');
  expect((await cli.run(['status'])).code).toBe(3);
});

test('logs are pretty for people, raw with --json, and there after the end', { timeout: 60_000 }, async () => {
  await cli.run(['start']);
  const pretty = await cli.run(['logs', '-n', '50']);
  expect(pretty.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info {2}/m);
  const raw = (await cli.run(['logs', '--json', '-n', '1'])).stdout.trim().split('\n');
  expect(raw).toHaveLength(1);
  expect(JSON.parse(raw[0] ?? '')).toHaveProperty('msg');

  const following = cli.spawn(['logs', '--follow', '--json']);
  let seen = '';
  following.stdout?.setEncoding('utf8').on('data', (text: string) => (seen += text));
  const shown = async (text: string): Promise<void> => {
    while (!seen.includes(text)) await once(following.stdout ?? following, 'data');
  };
  await shown('gateway ready');
  await cli.writeConfig(CONFIG.replace('tiny', 'small'));
  await shown('config reloaded');
  following.kill('SIGINT');
  const [code] = await once(following, 'close');
  expect(code).toBe(0);

  await cli.run(['stop']);
  const after = await cli.run(['logs', '-n', '5']);
  expect(after.code).toBe(0);
  expect(after.stdout.trim().split('\n')).toHaveLength(5);
  expect(after.stderr).toContain('not running');
});

test("start shows the daemon's own error, and ends with its exit code", { timeout: 60_000 }, async () => {
  await cli.writeConfig('port: nonsense\n');
  const broken = await cli.json(['start']);
  expect(broken).toMatchObject({ code: 2, details: { code: 'config_invalid' } });

  const holder = createServer();
  await once(holder.listen(0, '127.0.0.1'), 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await cli.writeConfig(CONFIG.replace('port: 0', `port: ${port}`));
  const taken = await cli.run(['start']);
  expect(taken.code).not.toBe(0);
  expect(taken.stderr).toContain(String(port));
  expect(taken.stderr).toMatch(/\nhint: /);
  holder.close();
  expect((await cli.run(['status'])).code).toBe(3);
});

test('start without a config names setup', async () => {
  const { code, stderr } = await cli.run(['start', '--config', join(cli.home, 'none.yaml')]);
  expect(code).toBe(2);
  expect(stderr).toContain('cliproxyctl setup');
});

test('run stays in the foreground, logs to stdout, and ends in order at SIGTERM', { timeout: 60_000 }, async () => {
  const child = cli.spawn(['run']);
  let seen = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (seen += text));
  while (!seen.includes('gateway ready')) await once(child.stdout ?? child, 'data');
  expect((await cli.json(['status'])).details).toMatchObject({ pid: child.pid });
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect((await cli.run(['status'])).code).toBe(3);
});

test('run ends with the exit code of a start that fails', async () => {
  await cli.writeConfig('port: nonsense\n');
  const { code, stderr } = await cli.run(['run']);
  expect(code).toBe(2);
  expect(stderr).toContain('port');
});

test('what the daemon prints outside its log is kept beside it', { timeout: 60_000 }, async () => {
  await cli.run(['start']);
  await expect(readFile(join(cli.home, 'logs', 'daemon.out'), 'utf8')).resolves.toBe('');
  expect((await stat(join(cli.home, 'logs', 'daemon.out'))).mode & 0o777).toBe(0o600);
});
