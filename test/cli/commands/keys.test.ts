import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../../src/shared/config/load.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';

let build: CliBuild;
let cli: Cli;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  await cli.writeConfig('# mine\nport: 0\napi-keys: # whose\n  - sk-first-key-of-mine-1 # laptop\n');
});
afterEach(() => cli.close());

const keysInFile = async (): Promise<readonly string[]> =>
  parseConfig(await cli.readConfig(), { path: cli.configPath }).config?.['api-keys'] ?? [];

test('a random key is printed once, on stdout alone, and stands in the file', async () => {
  const { code, stdout, stderr } = await cli.run(['keys', 'add']);
  expect(code).toBe(0);
  const key = stdout.trim();
  expect(key).toMatch(/^sk-cpx-[A-Za-z0-9]{32}$/);
  expect(stderr).not.toContain(key);
  expect(await keysInFile()).toEqual(['sk-first-key-of-mine-1', key]);
  for (const comment of ['# mine', '# whose', '# laptop']) expect(await cli.readConfig()).toContain(comment);

  const list = await cli.run(['keys', 'list']);
  expect(list.stdout).not.toContain(key);
  expect(list.stdout).toContain(`${key.slice(0, 7)}…${key.slice(-4)}`);
});

test('an own key comes from standard input', async () => {
  const { code } = await cli.run(['keys', 'add', '--stdin'], { input: 'sk-my-own-key-0123456789\n' });
  expect(code).toBe(0);
  expect(await keysInFile()).toEqual(['sk-first-key-of-mine-1', 'sk-my-own-key-0123456789']);
});

test.each([
  { name: 'an empty one', input: '', code: 2 },
  { name: 'two words', input: 'two words\n', code: 2 },
  { name: 'a short one', input: 'short\n', code: 2 },
  { name: 'one that exists', input: 'sk-first-key-of-mine-1', code: 1 },
])('refuses $name, and leaves the file alone', async ({ input, code }) => {
  const before = await cli.readConfig();
  expect((await cli.run(['keys', 'add', '--stdin'], { input })).code).toBe(code);
  expect(await cli.readConfig()).toBe(before);
});

test('a key is revoked by the id that the list shows', async () => {
  await cli.run(['keys', 'add']);
  const { details } = await cli.json(['keys', 'list']);
  const [first] = details['keys'] as { id: string }[];
  const { code, stdout } = await cli.run(['keys', 'revoke', first?.id ?? '']);
  expect(code).toBe(0);
  expect(stdout).toContain(`revoked ${first?.id}`);
  expect(await keysInFile()).not.toContain('sk-first-key-of-mine-1');
  expect(await keysInFile()).toHaveLength(1);
});

test('an unknown id and the last key are refused, and say what to do', async () => {
  const unknown = await cli.json(['keys', 'revoke', '00000000']);
  expect(unknown).toMatchObject({ code: 1, details: { code: 'key_unknown' } });
  const { details } = await cli.json(['keys']);
  const [only] = details['keys'] as { id: string }[];
  const last = await cli.json(['keys', 'revoke', only?.id ?? '']);
  expect(last).toMatchObject({ code: 1, details: { code: 'key_last' } });
  expect(String(last.details['hint'])).toContain('keys add');
  expect(await keysInFile()).toEqual(['sk-first-key-of-mine-1']);
});

test('without a config it says so, and how to get one', async () => {
  const { code, stderr } = await cli.run(['keys', 'add', '--config', 'nowhere.yaml']);
  expect(code).toBe(2);
  expect(stderr).toContain('nowhere.yaml');
  expect(stderr).toContain('cliproxyctl setup');
});
