import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFileStore } from '../../../src/daemon/storage/file/file-store.js';
import { openSeal } from '../../../src/daemon/storage/file/seal.js';
import type { CredentialStore } from '../../../src/daemon/storage/ports.js';
import { buildProgram, type Program } from '../../support/store-process.js';
import { startTokenEndpoint, type TokenEndpoint } from '../../support/token-endpoint.js';

const PROCESSES = 8;
const TIMES = 200;
const NAME = 'acme-ann.json';
/** Starting processes, and deriving their keys, takes its time on a busy machine. */
const PATIENCE_MS = 60_000;

let program: Program;
let vendor: TokenEndpoint;
let folder: string;
let store: CredentialStore;

beforeAll(async () => {
  program = await buildProgram('test/support/refresh-many.ts');
});
afterAll(() => program.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-race-'));
  vendor = await startTokenEndpoint();
  store = openFileStore({ folder });
  await store.write(NAME, {
    type: 'acme',
    email: 'ann@example.com',
    access_token: 'at-0',
    refresh_token: 'rt-0',
    api_url: 'http://127.0.0.1:9',
    token_url: vendor.url,
    unknown: { kept: true },
  });
});
afterEach(async () => {
  await vendor.close();
  await rm(folder, { recursive: true, force: true });
});

test(`${PROCESSES} processes that refresh one credential ${TIMES} times each never use a refresh token twice`, async () => {
  const ends = await Promise.all(Array.from({ length: PROCESSES }, () => program.run([folder, NAME, String(TIMES)])));
  expect(ends).toEqual(Array(PROCESSES).fill(0));
  expect(vendor.reused()).toEqual([]);
  expect(vendor.count()).toBe(PROCESSES * TIMES);
  const { fields } = (await store.read(NAME)) ?? {};
  expect(fields).toMatchObject({ refresh_token: `rt-${vendor.count()}`, unknown: { kept: true } });
  expect(await readdir(join(folder, '.cliproxyctl'))).toEqual([]);
}, 300_000);

const STORES = [
  { kind: 'plain', passphrase: '' },
  { kind: 'encrypted', passphrase: 'correct horse battery' },
] as const;

describe.each(STORES)('a process that is killed while it renews a token, with $kind files,', ({ passphrase }) => {
  const seal = passphrase === '' ? {} : { seal: openSeal(passphrase) };
  const opened = (): CredentialStore => openFileStore({ folder, ...seal });
  const renew = (killAt: string, onTold?: (message: unknown) => void): Promise<number | string> =>
    program.run([folder, NAME, '1', killAt, passphrase], onTold);
  const tokenNow = async (): Promise<unknown> => (await opened().read(NAME))?.fields['refresh_token'];

  beforeEach(async () => {
    const { fields = {} } = (await store.read(NAME)) ?? {};
    // Written anew, so that it is sealed.
    await store.remove(NAME);
    await opened().write(NAME, fields);
  });

  const STEPS = [
    { before: 'reserve', what: 'before room is made for the new token', kept: 'rt-0', next: 'rt-1' },
    { before: 'ask', what: 'before the vendor is asked', kept: 'rt-0', next: 'rt-1' },
    { before: 'truncate', what: 'right after the new token was written', kept: 'rt-0', next: 'rt-2' },
    { before: 'sync', what: 'before it is synced', kept: 'rt-0', next: 'rt-2' },
    { before: 'close', what: 'after it was synced', kept: 'rt-0', next: 'rt-2' },
    { before: 'rename', what: 'before it is put in place', kept: 'rt-0', next: 'rt-2' },
    { before: 'sync-folder', what: 'after it was put in place', kept: 'rt-1', next: 'rt-2' },
  ];

  // A sealed file takes the same steps; each process has its key to derive.
  const SEALED_STEPS = ['ask', 'truncate', 'rename'];
  const steps = passphrase === '' ? STEPS : STEPS.filter(({ before }) => SEALED_STEPS.includes(before));

  test.each(steps)(
    '$what, leaves a whole file, and the next one goes on where it stopped',
    async ({ before, kept, next }) => {
      expect(await renew(before)).toBe('SIGKILL');
      expect((await opened().list()).unreadable).toEqual([]);
      expect(await tokenNow()).toBe(kept);
      expect(await renew('')).toBe(0);
      expect(vendor.reused()).toEqual([]);
      expect(await tokenNow()).toBe(next);
      expect((await opened().read(NAME))?.fields).toMatchObject({ unknown: { kept: true } });
      await opened().withLock(NAME, async () => undefined);
      expect(await readdir(join(folder, '.cliproxyctl'))).toEqual([]);
    },
    PATIENCE_MS,
  );

  test.each([
    { before: 'answer', what: 'with the answer in hand and nothing written' },
    { before: 'write', what: 'with the half of it written' },
  ])(
    '$what, leaves the old token, which is tried once more before a login is asked for',
    async ({ before }) => {
      expect(await renew(before)).toBe('SIGKILL');
      const told: unknown[] = [];
      expect(await renew('', (message) => told.push(message))).toBe(1);
      expect(vendor.reused()).toEqual(['rt-0']);
      expect(told).toEqual([{ kind: 'login-needed', reason: expect.stringMatching(/^invalid_grant; .*was cut off/) }]);
      expect(await tokenNow()).toBe('rt-0');
    },
    PATIENCE_MS,
  );

  test(
    'before the vendor heard of it has lost nothing, though a later refusal would be explained by it',
    async () => {
      expect(await renew('ask')).toBe('SIGKILL');
      const told: unknown[] = [];
      vendor.endAccount();
      expect(await renew('', (message) => told.push(message))).toBe(1);
      expect(told).toEqual([{ kind: 'login-needed', reason: expect.stringContaining('may have given') }]);
    },
    PATIENCE_MS,
  );
});

test('what a killed process left is taken up when the next one starts to watch, without a refresh', async () => {
  expect(await program.run([folder, NAME, '1', 'rename'])).toBe('SIGKILL');
  let tell: () => void = () => undefined;
  const changed = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const watch = store.watch(() => tell());
  await changed;
  await watch.close();
  expect((await store.read(NAME))?.fields['refresh_token']).toBe('rt-1');
  expect(vendor.count()).toBe(1);
});
