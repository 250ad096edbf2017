import { afterEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { openRefresher, type RefreshEvent, type Refresher } from '../../../src/daemon/pool/refresher.js';
import type { RefreshOutcome } from '../../../src/daemon/providers/account.js';
import { openMemoryStore } from '../../../src/daemon/storage/memory/memory-store.js';
import type { CredentialStore, StoredCredential } from '../../../src/daemon/storage/ports.js';
import { fakeAccountProvider, tokenIdOf } from '../../support/fake-account.js';
import { manualClock, settled } from '../../support/manual-clock.js';

const NAME = 'acme-ann.json';
const MINUTE = 60_000;

let open: Refresher | undefined;
afterEach(() => open?.close());

interface Setup {
  readonly fields?: JsonObject;
  /** What the vendor answers, in turn; the last one again and again. */
  readonly answers?: readonly RefreshOutcome[];
  readonly store?: (store: CredentialStore) => CredentialStore;
}

/** Does something when the new token is about to be written. */
const onReserved =
  (
    run: (plain: CredentialStore, write: () => Promise<StoredCredential>) => Promise<StoredCredential>,
  ): ((plain: CredentialStore) => CredentialStore) =>
  (plain) => ({
    ...plain,
    async reserve(stored) {
      const room = await plain.reserve(stored);
      return { ...room, write: (fields) => run(plain, () => room.write(fields)) };
    },
  });

const http = { send: () => Promise.reject(new Error('no network')) };
const at = (ms: number): string => new Date(ms).toISOString();

async function setUp({ fields = {}, answers, store: wrap = (store) => store }: Setup) {
  const clock = manualClock();
  const plain = openMemoryStore({
    [NAME]: {
      type: 'acme',
      access_token: 'at-0',
      refresh_token: 'rt-0',
      api_url: 'http://127.0.0.1:9',
      last_refresh: at(clock.now()),
      expired: at(clock.now() + 60 * MINUTE),
      note: 'mine',
      ...fields,
    },
  });
  const store = wrap(plain);
  const spent: string[] = [];
  const events: RefreshEvent[] = [];
  const handedOn: unknown[] = [];
  const provider = fakeAccountProvider({
    refresh: async (current) => {
      spent.push(String(current['refresh_token']));
      const count = spent.length;
      const fixed = answers?.[Math.min(count, answers.length) - 1];
      return fixed ?? { kind: 'renewed', fields: tokens(count, clock.now()) };
    },
  });
  const tokens = (count: number, now: number): JsonObject => ({
    access_token: `at-${count}`,
    refresh_token: `rt-${count}`,
    last_refresh: at(now),
    expired: at(now + 60 * MINUTE),
  });
  const refresher = openRefresher({
    store,
    clock,
    workers: 2,
    providerOf: () => provider,
    contextOf: () => ({ http, clock, settings: { endpoints: {}, clientPolicy: 'any' } }),
    onStored: async (credential) => void handedOn.push(credential.fields['access_token']),
    onEvent: (event) => void events.push(event),
  });
  open = refresher;
  const update = async (): Promise<void> => {
    refresher.update((await plain.list()).credentials);
    await settled();
  };
  await update();
  return { clock, store: plain, refresher, spent, events, handedOn, update };
}

describe('ahead of time', () => {
  test('renews when the lead begins, writes before it hands on, and plans the next one', async () => {
    const { clock, store, spent, handedOn, refresher } = await setUp({});
    await clock.advance(58 * MINUTE);
    expect(spent).toEqual([]);
    await clock.advance(1 * MINUTE);
    expect(spent).toEqual(['rt-0']);
    expect((await store.read(NAME))?.fields).toMatchObject({ refresh_token: 'rt-1', note: 'mine' });
    expect(handedOn).toEqual(['at-1']);
    expect(refresher.view(NAME)).toEqual({ state: 'ok', at: clock.now(), nextAt: clock.now() + 59 * MINUTE });
  });

  test.each<{ name: string; fields: JsonObject; spent: string[] }>([
    { name: 'one that has ended is renewed at once', fields: { expired: '2026-10-01T00:00:00Z' }, spent: ['rt-0'] },
    {
      name: 'one without an end and a last time is renewed at once',
      fields: { expired: null, last_refresh: null },
      spent: ['rt-0'],
    },
    {
      name: 'one with nothing to renew it with is left alone',
      fields: { refresh_token: null, expired: '2026-10-01T00:00:00Z' },
      spent: [],
    },
    {
      name: 'one that belongs to another program is left alone',
      fields: { cliproxyctl_read_only: true, expired: '2026-10-01T00:00:00Z' },
      spent: [],
    },
    {
      name: 'one that is switched off is left alone',
      fields: { disabled: true, expired: '2026-10-01T00:00:00Z' },
      spent: [],
    },
  ])('$name', async ({ fields, spent: expected }) => {
    const { spent } = await setUp({ fields });
    expect(spent).toEqual(expected);
  });

  test.each(['refresh_interval_seconds', 'refreshIntervalSeconds'])('%s forces a refresh each time', async (name) => {
    const { clock, spent } = await setUp({ fields: { [name]: 600 } });
    await clock.advance(10 * MINUTE);
    await clock.advance(10 * MINUTE);
    expect(spent).toEqual(['rt-0', 'rt-1']);
  });

  test('takes over a token that another process has put there, without asking the vendor', async () => {
    const { clock, store, spent, handedOn, events } = await setUp({});
    const now = (await store.read(NAME))?.fields ?? {};
    await store.write(NAME, { ...now, access_token: 'at-other', refresh_token: 'rt-other' });
    await clock.advance(59 * MINUTE);
    expect(spent).toEqual([]);
    expect(handedOn).toEqual(['at-other']);
    expect(events.map(({ kind }) => kind)).toEqual(['adopted']);
  });
});

describe('after a failure', () => {
  test('tries again in five minutes, and says so meanwhile', async () => {
    const { clock, spent, refresher, events } = await setUp({ answers: [{ kind: 'failed', reason: 'answered 503' }] });
    await clock.advance(59 * MINUTE);
    const nextAt = clock.now() + 5 * MINUTE;
    expect(refresher.view(NAME)).toEqual({ state: 'failed', at: clock.now(), reason: 'answered 503', nextAt });
    expect(events).toEqual([{ name: NAME, kind: 'failed', reason: 'answered 503', nextAt }]);
    await clock.advance(4 * MINUTE);
    expect(spent).toHaveLength(1);
    await clock.advance(1 * MINUTE);
    expect(spent).toHaveLength(2);
  });

  test('a 401 meanwhile does not ask the vendor again, a person does', async () => {
    const { clock, spent, refresher } = await setUp({ answers: [{ kind: 'failed', reason: 'answered 503' }] });
    await clock.advance(59 * MINUTE);
    expect(await refresher.renew(NAME, tokenIdOf('at-0'))).toEqual({ kind: 'failed', reason: 'answered 503' });
    expect(spent).toHaveLength(1);
    await refresher.force(NAME);
    expect(spent).toHaveLength(2);
  });

  test('a login that is over is not tried again until the file changes', async () => {
    const over = { kind: 'login-needed', reason: 'invalid_grant' } as const;
    const { clock, store, spent, refresher, update } = await setUp({ answers: [over] });
    await clock.advance(59 * MINUTE);
    await clock.advance(600 * MINUTE);
    expect(spent).toHaveLength(1);
    expect(refresher.view(NAME)).toMatchObject({ state: 'login-needed', reason: 'invalid_grant' });
    expect((await store.read(NAME))?.fields).toMatchObject({ refresh_token: 'rt-0' });
    const now = (await store.read(NAME))?.fields ?? {};
    await store.write(NAME, { ...now, refresh_token: 'rt-new' });
    await update();
    expect(spent).toEqual(['rt-0', 'rt-new']);
  });

  test('whoever lost a race against a program without our lock takes over its token, and harms nothing', async () => {
    const setup = await setUp({
      answers: [{ kind: 'login-needed', reason: 'invalid_grant' }],
      store: (plain) => ({
        ...plain,
        async read(name) {
          const found = await plain.read(name);
          // The other one writes right after we have read.
          if (found?.fields['access_token'] === 'at-0')
            await plain.write(name, { ...found.fields, access_token: 'at-x' });
          return found;
        },
      }),
    });
    await setup.clock.advance(59 * MINUTE);
    expect((await setup.store.read(NAME))?.fields['access_token']).toBe('at-x');
    expect(setup.events.map(({ kind }) => kind)).toEqual(['adopted']);
  });

  test('a note written meanwhile stays, and so does the new token', async () => {
    let isFirst = true;
    const { clock, store } = await setUp({
      store: onReserved(async (plain, write) => {
        if (isFirst) {
          isFirst = false;
          const found = await plain.read(NAME);
          await plain.write(NAME, { ...found?.fields, note: 'changed meanwhile' });
        }
        return write();
      }),
    });
    await clock.advance(59 * MINUTE);
    expect((await store.read(NAME))?.fields).toMatchObject({ note: 'changed meanwhile', refresh_token: 'rt-1' });
  });

  test('a token that the disk did not take is kept, and written before the vendor is asked again', async () => {
    let isFull = true;
    const { clock, store, spent, events } = await setUp({
      store: onReserved(async (_plain, write) => (isFull ? Promise.reject(new Error('no space left')) : write())),
    });
    await clock.advance(59 * MINUTE);
    expect(events[0]).toMatchObject({ kind: 'failed', reason: expect.stringContaining('no space left') });
    isFull = false;
    await clock.advance(1 * MINUTE);
    expect(spent).toEqual(['rt-0']);
    expect((await store.read(NAME))?.fields['refresh_token']).toBe('rt-1');
  });

  test('without room for the new token the old one is not spent', async () => {
    let isFull = true;
    const { clock, spent, events } = await setUp({
      store: (plain) => ({
        ...plain,
        reserve: (...args) => (isFull ? Promise.reject(new Error('no space left')) : plain.reserve(...args)),
      }),
    });
    await clock.advance(59 * MINUTE);
    expect(spent).toEqual([]);
    expect(events[0]).toMatchObject({ kind: 'failed', reason: 'no space left' });
    isFull = false;
    await clock.advance(5 * MINUTE);
    expect(spent).toEqual(['rt-0']);
  });

  test('a file that was removed meanwhile is not brought back', async () => {
    const { clock, store } = await setUp({
      store: onReserved(async (plain, write) => {
        await plain.remove(NAME);
        return write();
      }),
    });
    await clock.advance(59 * MINUTE);
    expect(await store.read(NAME)).toBeUndefined();
  });
});

test('a file that could not be read for a moment is not forgotten', async () => {
  let isBusy = true;
  const { clock, spent } = await setUp({
    store: (plain) => ({ ...plain, read: async (name) => (isBusy ? undefined : plain.read(name)) }),
  });
  await clock.advance(59 * MINUTE);
  isBusy = false;
  await clock.advance(5 * MINUTE);
  expect(spent).toEqual(['rt-0']);
});

test('requests that were refused at the same time share one refresh', async () => {
  const { refresher, spent } = await setUp({});
  const stale = tokenIdOf('at-0');
  const results = await Promise.all([1, 2, 3].map(() => refresher.renew(NAME, stale)));
  expect(results.map(({ kind }) => kind)).toEqual(['renewed', 'renewed', 'renewed']);
  expect((await refresher.renew(NAME, stale)).kind).toBe('adopted');
  expect(spent).toEqual(['rt-0']);
});
