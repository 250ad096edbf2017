import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ModelInfo } from '../../../src/daemon/ir/model.js';
import { type Accounts, openAccounts } from '../../../src/daemon/process/accounts.js';
import type { StoredAccount } from '../../../src/daemon/runtime/accounts.js';
import { openMemoryStore } from '../../../src/daemon/storage/memory/memory-store.js';
import type { CredentialStore } from '../../../src/daemon/storage/ports.js';
import { fakeAccountProvider } from '../../support/fake-account.js';
import { type ManualClock, manualClock, settled } from '../../support/manual-clock.js';
import { configOf } from '../../support/runtime.js';

const ANN = {
  type: 'acme',
  access_token: 'at-ann-0',
  refresh_token: 'rt',
  api_url: 'http://127.0.0.1:9',
  expired: '2027-01-01T00:00:00Z',
};
const SECOND = 1_000;

let folder: string;
let clock: ManualClock;
let store: CredentialStore;
let accounts: Accounts;
let published: (readonly StoredAccount[])[];
let learnt: string[];
let listing: { models: readonly string[] | Error; calls: number };

const model = (id: string): ModelInfo => ({ id, userDefined: false, traits: new Set() });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-accounts-'));
  clock = manualClock();
  store = openMemoryStore({ 'acme-ann.json': ANN });
  published = [];
  learnt = [];
  listing = { models: ['acme-large'], calls: 0 };
  await open();
});
afterEach(async () => {
  await accounts.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  const provider = fakeAccountProvider({
    listModels: async () => {
      listing.calls++;
      if (listing.models instanceof Error) throw listing.models;
      return listing.models.map(model);
    },
  });
  accounts = openAccounts({
    store,
    clock,
    config: () => configOf(''),
    log: pino({ level: 'silent' }),
    loadParts: async () => ({
      providers: [provider],
      http: { send: () => Promise.reject(new Error('no network')) },
      close: async () => undefined,
    }),
    publish: async (given) => void published.push(given),
    learn: (secrets) => void learnt.push(...secrets),
    modelsPath: join(folder, 'models.json'),
  });
  await accounts.open();
  accounts.begin();
  await reached(() => modelsNow() !== undefined);
}

/** Files are written meanwhile, which takes turns of the loop that nobody counts. */
async function reached(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled();
}
const namesNow = (): string[] | undefined => published.at(-1)?.map(({ name }) => name);
const modelsNow = (): string[] | undefined => published.at(-1)?.[0]?.models?.map(({ id }) => id);

test('a file that is gone for less than a second is not missed', async () => {
  const before = published.length;
  await store.remove('acme-ann.json');
  await settled();
  await store.write('acme-ann.json', ANN);
  await clock.advance(SECOND);
  expect(published.slice(before).every((given) => given.length === 1)).toBe(true);
});

test('a file that stays away is gone after a second, and not before', async () => {
  const before = published.length;
  await store.remove('acme-ann.json');
  await settled();
  await clock.advance(SECOND - 1);
  expect(published).toHaveLength(before);
  await clock.advance(1);
  await reached(() => namesNow()?.length === 0);
});

test('what comes does not wait for what is gone', async () => {
  await store.remove('acme-ann.json');
  await store.write('acme-bob.json', { ...ANN, access_token: 'at-bob-0' });
  await reached(() => namesNow()?.includes('acme-bob.json') === true);
  expect(namesNow()?.toSorted()).toEqual(['acme-ann.json', 'acme-bob.json']);
});

test('the same content is handed on once', async () => {
  const before = published.length;
  await accounts.reload();
  await accounts.reload();
  expect(published).toHaveLength(before);
});

test('the log learns the tokens before anybody uses them', () => {
  expect(learnt).toContain('at-ann-0');
});

test('a list of models that cannot be had leaves the last one, over a restart too', async () => {
  expect(modelsNow()).toEqual(['acme-large']);
  await accounts.close();
  listing.models = new Error('no network');
  published = [];
  await open();
  expect(modelsNow()).toEqual(['acme-large']);
});

test('lists of models are asked for anew after hours, and not before', async () => {
  listing.models = ['acme-large', 'acme-small'];
  await clock.advance(5 * 3600 * SECOND);
  expect(listing.calls).toBe(1);
  await clock.advance(2 * 3600 * SECOND);
  await reached(() => modelsNow()?.length === 2);
  expect(listing.calls).toBe(2);
});
