import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileStore } from '../../../src/daemon/storage/file/file-store.js';
import { DISK } from '../../../src/daemon/storage/file/file-system.js';
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
    openLocks({ folder, files: DISK, owners: owners(gone), now: Date.now, random: () => 0, patienceMs });

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

describe('what a killed process left of a write', () => {
  const NEW = { type: 'claude', refresh_token: 'rotated' };
  const WHOLE = JSON.stringify(NEW);
  const PASSPHRASE = 'correct horse battery';
  const work = () => join(folder, '.cliproxyctl');
  const key = createHash('sha256').update('a.json').digest('hex').slice(0, 24);

  /** A pid that no process can have. */
  const leave = async (base: string, kind: string, content: string): Promise<string> => {
    const name = `${key}.${base}.dead0000.99999999.0.${kind}bb.${kind}`;
    await writeFile(join(work(), name), content);
    await utimes(join(work(), name), new Date(0), new Date(0));
    return name;
  };
  const standing = async (store = openFileStore({ folder })): Promise<string> =>
    (await store.write('a.json', { type: 'claude', refresh_token: 'spent' })).revision;
  const tokenUnderLock = (store = openFileStore({ folder })): Promise<unknown> =>
    store.withLock('a.json', async () => (await store.read('a.json'))?.fields['refresh_token']);

  test.each([
    { name: 'whole', content: WHOLE },
    { name: 'whole, with the rest of its room', content: WHOLE + '\0'.repeat(500) },
  ])('is put in place when it is $name', async ({ content }) => {
    await leave(await standing(), 'reserved', content);
    expect(await tokenUnderLock()).toBe('rotated');
    expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe(WHOLE);
    expect(await readdir(work())).toEqual([]);
  });

  test.each([
    { name: 'cut short', content: WHOLE.slice(0, 20) },
    { name: 'without its middle', content: WHOLE.replace('rotated', '\0'.repeat(7)) },
    { name: 'without its beginning', content: `${'\0'.repeat(8)}${WHOLE.slice(8)}` },
    { name: 'room that nothing came into', content: '\0'.repeat(500) },
    { name: 'empty', content: '' },
    { name: 'no object', content: '"rotated"' },
  ])('is never put in place when it is $name', async ({ content }) => {
    const revision = await standing();
    await leave(revision, 'reserved', content);
    await leave(revision, 'new', content);
    expect(await tokenUnderLock()).toBe('spent');
  });

  test('is dropped when another content stands there by now', async () => {
    await standing();
    await leave('0'.repeat(16), 'reserved', WHOLE);
    await leave('0'.repeat(16), 'new', WHOLE);
    expect(await tokenUnderLock()).toBe('spent');
    expect(await readdir(work())).toEqual([]);
  });

  test('counts by its token, where a change by hand was cut off as well', async () => {
    const revision = await standing();
    await leave(revision, 'new', JSON.stringify({ type: 'claude', refresh_token: 'spent', note: 'x' }));
    await leave(revision, 'reserved', WHOLE);
    expect(await tokenUnderLock()).toBe('rotated');
  });

  test('waits for the passphrase that its file needs', async () => {
    const sealed = () => openFileStore({ folder, seal: openSeal(PASSPHRASE) });
    const name = await leave(await standing(sealed()), 'reserved', await openSeal(PASSPHRASE).seal(WHOLE));
    expect(await tokenUnderLock(openFileStore({ folder }))).toBeUndefined();
    expect(await readdir(work())).toEqual([name]);
    expect(await tokenUnderLock(sealed())).toBe('rotated');
  });

  test('is a sign that the token may be spent, as long as the same content stands there', async () => {
    const store = openFileStore({ folder });
    await leave(await standing(store), 'reserved', '\0'.repeat(500));
    const isSign = () =>
      store.withLock('a.json', async () => {
        const stored = await store.read('a.json');
        const room = stored && (await store.reserve(stored));
        await room?.release();
        return room?.isAfterCutOff;
      });
    expect([await isSign(), await isSign()]).toEqual([true, true]);
    await store.write('a.json', NEW);
    expect([await isSign(), await readdir(work())]).toEqual([false, []]);
  });
});

describe('room for a new token', () => {
  test('is taken before it is known, and holds what is longer than expected too', async () => {
    const store = openFileStore({ folder });
    const stored = await store.write('a.json', { type: 'claude', refresh_token: 'spent' });
    const room = await store.reserve(stored);
    const [name = ''] = await readdir(join(folder, '.cliproxyctl'));
    expect((await stat(join(folder, '.cliproxyctl', name))).size).toBeGreaterThan(16_000);
    const longer = { ...stored.fields, refresh_token: 'x'.repeat(40_000) };
    const written = await room.write(longer);
    await room.release();
    expect(await store.read('a.json')).toEqual({ name: 'a.json', revision: written.revision, fields: longer });
    expect(await readdir(join(folder, '.cliproxyctl'))).toEqual([]);
  });

  test('that cannot be had is a reason not to ask, with its cause', async () => {
    const stored = await openFileStore({ folder }).write('a.json', { type: 'claude' });
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const store = openFileStore({ folder, files: { ...DISK, open: () => Promise.reject(full) } });
    await expect(store.reserve(stored)).rejects.toMatchObject({
      code: 'credential_unwritable',
      message: expect.stringContaining('ENOSPC'),
    });
  });

  test('keeps a token that could not be put in place, for whoever holds the lock next', async () => {
    let isBroken = true;
    const files: typeof DISK = {
      ...DISK,
      rename: (...args) => (isBroken ? Promise.reject(new Error('broken')) : DISK.rename(...args)),
    };
    const store = openFileStore({ folder });
    const stored = await store.write('a.json', { type: 'claude', refresh_token: 'spent' });
    const failing = openFileStore({ folder, files });
    const room = await failing.reserve(stored);
    await expect(room.write({ type: 'claude', refresh_token: 'rotated' })).rejects.toThrow('broken');
    await room.release();
    isBroken = false;
    await failing.withLock('a.json', async () => undefined);
    expect((await store.read('a.json'))?.fields['refresh_token']).toBe('rotated');
  });
});
