import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFileStore } from '../../../src/daemon/storage/file/file-store.js';
import type { CredentialStore } from '../../../src/daemon/storage/ports.js';
import { buildProgram, type Program } from '../../support/store-process.js';
import { startTokenEndpoint, type TokenEndpoint } from '../../support/token-endpoint.js';

const PROCESSES = 8;
const TIMES = 200;
const NAME = 'acme-ann.json';

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

describe('a process killed in the middle of a write', () => {
  test.each(['open', 'write', 'sync', 'close', 'rename', 'sync-folder'])(
    'before %j leaves the old credential or the new one, whole',
    async (step) => {
      expect(await program.run([folder, NAME, '1', step])).toBe('SIGKILL');
      const { credentials, unreadable } = await store.list();
      expect(unreadable).toEqual([]);
      const isNew = step === 'sync-folder';
      expect(credentials[0]?.fields).toMatchObject({ refresh_token: isNew ? 'rt-1' : 'rt-0', unknown: { kept: true } });
    },
  );

  test.each(['sync', 'close', 'rename', 'sync-folder'])(
    'before %j has lost nothing: the next process goes on with the new token',
    async (step) => {
      expect(await program.run([folder, NAME, '1', step])).toBe('SIGKILL');
      expect(await program.run([folder, NAME, '1'])).toBe(0);
      expect(vendor.reused()).toEqual([]);
      expect((await store.read(NAME))?.fields['refresh_token']).toBe('rt-2');
    },
  );
});
