import { createHash } from 'node:crypto';
import * as files from 'node:fs/promises';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileStore } from '../../../src/daemon/storage/file/file-store.js';
import { openLocks } from '../../../src/daemon/storage/file/locks.js';
import { openSeal } from '../../../src/daemon/storage/file/seal.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-auths-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (name: string, content: unknown): Promise<void> =>
  writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

/** Every file shape of the related gateways (management-api.md 6.4), with members nobody knows. */
const SHAPES: Readonly<Record<string, object>> = {
  'claude-ann@example.com.json': {
    id_token: '',
    access_token: 'a',
    refresh_token: 'r',
    type: 'claude',
    expired: '2026-11-01T18:00:00+02:00',
    x: { y: [1] },
  },
  'codex-1a2b3c4d-ann@example.com-plus.json': {
    type: 'codex',
    id_token: 'i',
    access_token: 'a',
    account_id: 'acc',
    expired: 1_790_000_000,
  },
  'antigravity.json': { type: 'antigravity', access_token: 'a', expires_in: 3599, timestamp: 1_760_000_000_000 },
  'kimi-1760000000000.json': { type: 'kimi', access_token: 'a', token_type: 'Bearer' },
  'xai-ann@example.com.json': { type: 'xai', access_token: 'a', sub: 's' },
  'vertex-demo.json': { type: 'vertex', service_account: { private_key: 'k' }, project_id: 'demo' },
  'gemini-ann.json': { type: 'gemini', token: { access_token: 'a' } },
  'github-copilot-ann.json': { type: 'github-copilot', access_token: 'gho_x', username: 'ann' },
  'kiro-x.json': { type: 'kiro', accessToken: 'a' },
  'qwen-x.json': { type: 'qwen', access_token: 'a' },
};

test('all file shapes load, and none is written again', async () => {
  for (const [name, content] of Object.entries(SHAPES)) await put(name, content);
  const before = await fingerprints();
  const { credentials, unreadable } = await openFileStore({ folder }).list();
  expect(credentials.map(({ name, fields }) => [name, fields])).toEqual(
    Object.entries(SHAPES).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  expect(unreadable).toEqual([]);
  expect(await fingerprints()).toEqual(before);
});

const fingerprints = async (): Promise<string[]> =>
  Promise.all(
    (await readdir(folder)).sort().map(async (name) => {
      const { mtimeMs, ino } = await stat(join(folder, name));
      return `${name} ${mtimeMs} ${ino} ${await readFile(join(folder, name), 'utf8')}`;
    }),
  );

test('what is no credential is ignored', async () => {
  await mkdir(join(folder, 'sub'));
  await put('sub/claude.json', { type: 'claude' });
  await put('no-type.json', { access_token: 'a' });
  await put('.oauth-claude-state.json', { type: 'claude' });
  await put('claude-x.cds', { type: 'claude' });
  await put('notes.txt', 'x');
  expect(await openFileStore({ folder }).list()).toEqual({ credentials: [], unreadable: [] });
});

test('what cannot be read is named with its reason, and never quoted', async () => {
  await put('broken.json', '{"type":"claude","access_token":"sk-secret"');
  await put('list.json', '[]');
  await put('target', JSON.stringify({ type: 'claude', access_token: 'sk-secret' }));
  await symlink(join(folder, 'target'), join(folder, 'link.json'));
  await mkdir(join(folder, 'folder.json'));
  const { credentials, unreadable } = await openFileStore({ folder }).list();
  expect(credentials).toEqual([]);
  expect(unreadable).toEqual([
    { name: 'broken.json', reason: 'it is not a JSON object' },
    { name: 'folder.json', reason: 'it is not a file' },
    { name: 'link.json', reason: 'it is a link, and links are not followed' },
    { name: 'list.json', reason: 'it is not a JSON object' },
  ]);
});

test('a link is not written through', async () => {
  await put('target', 'untouched');
  await symlink(join(folder, 'target'), join(folder, 'a.json'));
  const store = openFileStore({ folder });
  await expect(store.write('a.json', { type: 'claude' }, null)).rejects.toMatchObject({
    code: 'credential_unreadable',
  });
  expect(await readFile(join(folder, 'target'), 'utf8')).toBe('untouched');
});

test('the folder and the files are for their owner only', async () => {
  const made = join(folder, 'new', 'auths');
  await mkdir(join(folder, 'new'));
  await openFileStore({ folder: made }).write('a.json', { type: 'claude' });
  expect((await stat(made)).mode & 0o777).toBe(0o700);
  expect((await stat(join(made, 'a.json'))).mode & 0o777).toBe(0o600);
});

test('a write leaves nothing beside its file', async () => {
  const store = openFileStore({ folder });
  await store.withLock('a.json', () => store.write('a.json', { type: 'claude' }));
  expect(await readdir(folder)).toEqual(['.cliproxyctl', 'a.json']);
  expect(await readdir(join(folder, '.cliproxyctl'))).toEqual([]);
});

test('touching a file changes no revision', async () => {
  const store = openFileStore({ folder });
  const { revision } = await store.write('a.json', { type: 'claude' });
  await utimes(join(folder, 'a.json'), new Date(), new Date(0));
  expect((await store.read('a.json'))?.revision).toBe(revision);
});

describe('encryption', () => {
  const SECRET = { type: 'claude', access_token: 'sk-ant-oat-very-secret' };
  const sealedStore = (passphrase: string) => openFileStore({ folder, seal: openSeal(passphrase) });

  test('hides the tokens, and opens with the same passphrase later', async () => {
    await sealedStore('correct horse battery').write('a.json', SECRET);
    expect(await readFile(join(folder, 'a.json'), 'utf8')).not.toContain('very-secret');
    expect((await sealedStore('correct horse battery').read('a.json'))?.fields).toEqual(SECRET);
  });

  test('leaves plain files readable, and seals them with the next change', async () => {
    await put('a.json', SECRET);
    const store = sealedStore('correct horse battery');
    expect((await store.read('a.json'))?.fields).toEqual(SECRET);
    await store.write('a.json', { ...SECRET, note: 'x' });
    expect(await readFile(join(folder, 'a.json'), 'utf8')).not.toContain('very-secret');
  });

  test.each([
    { name: 'another passphrase', open: () => sealedStore('wrong horse battery'), says: 'another passphrase' },
    { name: 'no passphrase', open: () => openFileStore({ folder }), says: 'encryption` is off' },
  ])('with $name a sealed file is unreadable, and stays as it is', async ({ open, says }) => {
    await sealedStore('correct horse battery').write('a.json', SECRET);
    const before = await readFile(join(folder, 'a.json'));
    const store = open();
    const { credentials, unreadable } = await store.list();
    expect(credentials).toEqual([]);
    expect(unreadable).toEqual([{ name: 'a.json', reason: expect.stringContaining(says) }]);
    await expect(store.write('a.json', SECRET, null)).rejects.toMatchObject({ code: 'credential_unreadable' });
    expect(await readFile(join(folder, 'a.json'))).toEqual(before);
  });
});

describe('locks of processes that are gone', () => {
  const owners = (gone: (mark: string, ageMs: number) => boolean) => ({ mark: () => 'h.1.0.mine', isGone: gone });
  const locks = (gone: (mark: string, ageMs: number) => boolean, patienceMs: number) =>
    openLocks({ folder, files, owners: owners(gone), now: Date.now, random: () => 0, patienceMs });

  test('are taken over', async () => {
    await put('key.h.2.0.dead.lock', '');
    expect(await locks((mark) => mark === 'h.2.0.dead', 10_000).hold('key', async () => 'held')).toBe('held');
    expect(await readdir(folder)).toEqual([]);
  });

  test('those of living ones are waited for, and the wait ends with a reason', async () => {
    await put('key.h.2.0.alive.lock', '');
    const held = locks(() => false, 20).hold('key', async () => 'held');
    await expect(held).rejects.toMatchObject({ code: 'credential_locked' });
    expect(await readdir(folder)).toEqual(['key.h.2.0.alive.lock']);
  });
});

test('a killed write whose content was safe is finished, one over an older content is dropped', async () => {
  const store = openFileStore({ folder });
  const { revision } = await store.write('a.json', { type: 'claude', refresh_token: 'spent' });
  const key = createHash('sha256').update('a.json').digest('hex').slice(0, 24);
  const work = join(folder, '.cliproxyctl');
  const rotated = JSON.stringify({ type: 'claude', refresh_token: 'rotated' });
  // A pid that no process can have.
  await writeFile(
    join(work, `${key}.${'0'.repeat(16)}.dead0000.99999999.0.aa.new`),
    '{"type":"claude","refresh_token":"old"}',
  );
  await writeFile(join(work, `${key}.${revision}.dead0000.99999999.0.bb.new`), rotated);
  for (const name of await readdir(work)) await utimes(join(work, name), new Date(0), new Date(0));
  const seen = await store.withLock('a.json', () => store.read('a.json'));
  expect(seen?.fields['refresh_token']).toBe('rotated');
  expect(await readdir(work)).toEqual([]);
});
