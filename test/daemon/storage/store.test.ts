import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileStore } from '../../../src/daemon/storage/file/file-store.js';
import { openSeal } from '../../../src/daemon/storage/file/seal.js';
import { openMemoryStore } from '../../../src/daemon/storage/memory/memory-store.js';
import type { CredentialStore } from '../../../src/daemon/storage/ports.js';

let folder: string;
let store: CredentialStore;

const STORES: readonly { readonly name: string; readonly open: () => CredentialStore }[] = [
  { name: 'memory', open: () => openMemoryStore() },
  { name: 'files', open: () => openFileStore({ folder: join(folder, 'auths') }) },
  {
    name: 'encrypted files',
    open: () => openFileStore({ folder: join(folder, 'auths'), seal: openSeal('correct horse battery') }),
  },
];

const ANN = { type: 'claude', email: 'ann@example.com', access_token: 'at-1', device: { id: [1, null, 'x'] } };

describe.each(STORES)('a store of $name', ({ open }) => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-store-'));
    store = open();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'no error',
      (error: { code?: string }) => error.code,
    );

  test('is empty at first', async () => {
    expect(await store.list()).toEqual({ credentials: [], unreadable: [] });
    expect(await store.read('claude-ann.json')).toBeUndefined();
  });

  test('gives back what was written, members it does not know included', async () => {
    const written = await store.write('claude-ann.json', ANN);
    expect(await store.read('claude-ann.json')).toEqual({
      name: 'claude-ann.json',
      revision: written.revision,
      fields: ANN,
    });
    expect((await store.list()).credentials).toEqual([
      { name: 'claude-ann.json', revision: written.revision, fields: ANN },
    ]);
  });

  test('lists by name, whatever its case', async () => {
    for (const name of ['b.json', 'C.json', 'a.json']) await store.write(name, { type: 'claude' });
    expect((await store.list()).credentials.map(({ name }) => name)).toEqual(['a.json', 'b.json', 'C.json']);
  });

  test('another content has another revision, the same content the same', async () => {
    const first = await store.write('a.json', ANN);
    expect((await store.write('a.json', { ...ANN })).revision).toBe(first.revision);
    expect((await store.write('a.json', { ...ANN, note: 'x' })).revision).not.toBe(first.revision);
  });

  test('a write over what it does not know of is refused', async () => {
    const first = await store.write('a.json', ANN);
    await store.write('a.json', { ...ANN, note: 'newer' });
    expect(await codeOf(store.write('a.json', { ...ANN, note: 'mine' }, first.revision))).toBe('credential_changed');
    expect((await store.read('a.json'))?.fields['note']).toBe('newer');
  });

  test('of two writes over the same revision one wins', async () => {
    const { revision } = await store.write('a.json', ANN);
    const tries = [1, 2, 3, 4].map((note) => codeOf(store.write('a.json', { ...ANN, note }, revision)));
    expect((await Promise.all(tries)).filter((code) => code === 'no error')).toHaveLength(1);
  });

  test('a write that expects nothing is refused where something stands', async () => {
    await store.write('a.json', ANN, null);
    expect(await codeOf(store.write('a.json', { ...ANN, note: 'x' }, null))).toBe('credential_changed');
  });

  test('what goes into reserved room replaces what it was made for, and nothing newer', async () => {
    const stored = await store.write('a.json', ANN);
    const first = await store.reserve(stored);
    const second = await store.reserve(stored);
    const written = await first.write({ ...ANN, access_token: 'at-2' });
    expect(await codeOf(second.write({ ...ANN, access_token: 'at-3' }))).toBe('credential_changed');
    await Promise.all([first.release(), second.release()]);
    expect(written.revision).not.toBe(stored.revision);
    expect(await store.read('a.json')).toEqual(written);
  });

  test('room that nothing went into changes nothing', async () => {
    const stored = await store.write('a.json', ANN);
    const room = await store.reserve(stored);
    expect(room.isAfterCutOff).toBe(false);
    await room.release();
    expect(await store.read('a.json')).toEqual(stored);
  });

  test('removes once, and only the revision it was told', async () => {
    const { revision } = await store.write('a.json', ANN);
    expect(await codeOf(store.remove('a.json', `${revision}x`))).toBe('credential_changed');
    expect(await store.remove('a.json', revision)).toBe(true);
    expect(await store.remove('a.json')).toBe(false);
  });

  test('renames to a free name only', async () => {
    await store.write('a.json', ANN);
    await store.write('b.json', { type: 'codex' });
    expect(await codeOf(store.rename('a.json', 'b.json'))).toBe('credential_exists');
    expect(await codeOf(store.rename('x.json', 'y.json'))).toBe('credential_unknown');
    expect((await store.rename('a.json', 'c.json')).fields).toEqual(ANN);
    expect((await store.list()).credentials.map(({ name }) => name)).toEqual(['b.json', 'c.json']);
  });

  test.each(['../a.json', 'x/a.json', 'x\\a.json', '.a.json', 'a.txt', '.json', 'a\n.json', `${'a'.repeat(300)}.json`])(
    'refuses the name %j',
    async (name) => {
      expect(await codeOf(store.write(name, ANN))).toBe('credential_name_invalid');
      expect(await codeOf(store.read(name))).toBe('credential_name_invalid');
    },
  );

  test('a lock has one holder at a time, and outlives a holder that fails', async () => {
    let holders = 0;
    let most = 0;
    const hold = (fails: boolean) =>
      store.withLock('a.json', async () => {
        most = Math.max(most, ++holders);
        await new Promise((done) => setImmediate(done));
        holders--;
        if (fails) throw new Error('on purpose');
      });
    await Promise.allSettled([hold(false), hold(true), hold(false), hold(true)]);
    expect(most).toBe(1);
  });

  test('whoever holds the lock may write', async () => {
    await store.withLock('a.json', () => store.write('a.json', ANN, null));
    expect((await store.read('a.json'))?.fields).toEqual(ANN);
  });

  test('tells of changes', async () => {
    await store.write('a.json', ANN);
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const watch = store.watch(() => tell());
    await store.write('b.json', ANN);
    await told;
    await watch.close();
  });
});
