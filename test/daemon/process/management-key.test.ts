import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openManagementKeyHiding, verifyManagementKey } from '../../../src/daemon/process/management-key.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';

const KEY = 'my management key';
const TEXT = `# mine\nport: 8400 # of choice\nremote-management:\n  # keep it\n  secret-key: "${KEY}" # here\n  unknown: [kept]\n`;

let folder: string;
let path: string;
let problems: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-key-'));
  path = join(folder, 'config.yaml');
  problems = [];
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true, force: true });
});

const hiding = () => openManagementKeyHiding(path, (error) => problems.push(error));
const hashIn = (text: string): string =>
  requireConfig(parseConfig(text, { path })).config['remote-management']['secret-key'];

test('a plain key becomes its hash, in the file too, and nothing else changes', async () => {
  await writeFile(path, TEXT);
  const hidden = await hiding()(TEXT);
  expect(await readFile(path, 'utf8')).toBe(hidden);
  const hash = hashIn(hidden);
  expect(hash).toMatch(/^\$2[aby]\$10\$/);
  expect(hidden).toBe(TEXT.replace(KEY, hash));
  expect(await verifyManagementKey(KEY, hash)).toBe(true);
  expect(await verifyManagementKey('another', hash)).toBe(false);
});

test.each([
  // Made by Go's golang.org/x/crypto/bcrypt, htpasswd and PHP: the same algorithm under three names.
  '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  '$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
])('the hash %s stays, and its key fits', async (hash) => {
  const text = `remote-management: {secret-key: "${hash}"}\n`;
  await writeFile(path, text);
  expect(await hiding()(text)).toBe(text);
  expect(await verifyManagementKey('somepass', hash)).toBe(false);
});

test('a broken hash is nobody’s key', async () => {
  expect(await verifyManagementKey('$2b$10$short', '$2b$10$short')).toBe(false);
});

test.each(['', 'port: 1', 'remote-management: {secret-key: ""}', 'remote-management: [broken', 'port: nine'])(
  'nothing is done about %j',
  async (text) => {
    await writeFile(path, text);
    expect(await hiding()(text)).toBe(text);
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);

test('a file that cannot be written is used with the hash all the same, and stays the same text', async () => {
  await writeFile(path, TEXT);
  const hide = hiding();
  await writeFile(path, `${TEXT}# changed meanwhile\n`);
  const first = await hide(TEXT);
  expect(hashIn(first)).toMatch(/^\$2/);
  expect(problems).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toContain(KEY);
  expect(await hide(TEXT)).toBe(first);
});

test('a key longer than bcrypt looks at is an error of the config', async () => {
  const text = `remote-management: {secret-key: ${'x'.repeat(73)}}`;
  await expect(hiding()(text)).rejects.toMatchObject({ code: 'config_invalid', exitCode: 2 });
});
