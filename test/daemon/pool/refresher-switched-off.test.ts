import { expect, test } from 'vitest';
import { openRefresher } from '../../../src/daemon/pool/refresher.js';
import { openMemoryStore } from '../../../src/daemon/storage/memory/memory-store.js';
import { fakeAccountProvider } from '../../support/fake-account.js';
import { manualClock, settled } from '../../support/manual-clock.js';

const HOUR = 3_600_000;

test('a login that the config keeps out of use is not renewed, until it is switched on', async () => {
  const clock = manualClock();
  const file = { type: 'acme', access_token: 'at-0', refresh_token: 'rt-0', expired: '2020-01-01T00:00:00Z' };
  const store = openMemoryStore({ 'acme-ann.json': file });
  const asked: string[] = [];
  const provider = fakeAccountProvider({
    refresh: async ({ refresh_token: token }) => {
      asked.push(String(token));
      const expired = new Date(clock.now() + HOUR).toISOString();
      return { kind: 'renewed', fields: { access_token: 'at-1', expired } };
    },
  });
  let isOff = true;
  const refresher = openRefresher({
    store,
    clock,
    workers: 1,
    providerOf: () => provider,
    contextOf: () => ({
      http: { send: () => Promise.reject(new Error('no network')) },
      clock,
      settings: { endpoints: {}, clientPolicy: 'any' },
    }),
    isSwitchedOff: () => isOff,
    onStored: async () => undefined,
    onEvent: () => undefined,
  });
  const update = async (): Promise<void> => {
    refresher.update((await store.list()).credentials);
    await settled();
  };
  await update();
  expect(asked).toEqual([]);
  isOff = false;
  await update();
  expect(asked).toEqual(['rt-0']);
  // Seen again, it is the same login as before.
  await update();
  expect(asked).toEqual(['rt-0']);
  await refresher.close();
});
