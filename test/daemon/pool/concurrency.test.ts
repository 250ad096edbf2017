import { describe, expect, test } from 'vitest';
import type { Lease } from '../../../src/daemon/pool/lease.js';
import type { Pool } from '../../../src/daemon/pool/pool.js';
import { credential, routeOf, testPool } from '../../support/pool.js';

const fresh = { tried: new Set<string>(), round: 0 };
const route = routeOf([credential('a', { maxConcurrent: 2 }), credential('b', { maxConcurrent: 1 })]);
const only = routeOf([credential('a', { maxConcurrent: 1 })]);
const taken = (pool: Pool, count: number): string =>
  Array.from({ length: count }, () => pool.acquire(route, fresh)?.credential.id ?? '-').join(' ');
const first = (pool: Pool): Lease => {
  const lease = pool.acquire(only, fresh);
  if (lease === undefined) throw new Error('nobody is free');
  return lease;
};

test('a full credential is passed over, and nobody is left when all are full', () => {
  expect(taken(testPool(), 5)).toBe('a b a - -');
});

describe('room is made once', () => {
  const ENDS: readonly (readonly [string, (lease: Lease) => void])[] = [
    ['a success', (lease) => lease.succeeded()],
    [
      'a failure',
      (lease) => lease.failed({ reason: 'server', message: 'x' }, { blame: 'network', next: 'next-credential' }),
    ],
    [
      'a client that is gone',
      (lease) => lease.failed({ reason: 'aborted', message: 'x' }, { blame: 'request', next: 'stop' }),
    ],
    ['a request that never left', (lease) => lease.released()],
  ];

  test.each(ENDS)('by %s', (_name, end) => {
    const pool = testPool();
    const lease = first(pool);
    expect(pool.acquire(only, fresh)).toBeUndefined();
    end(lease);
    end(lease);
    lease.released();
    first(pool);
    expect(pool.acquire(only, fresh)).toBeUndefined();
  });
});

describe('a conversation whose credential is only busy', () => {
  test('goes elsewhere for one request, and stays bound', () => {
    const pool = testPool({ sticky: true });
    const want = { ...fresh, session: { id: 's' } };
    const take = (): Lease => pool.acquire(route, want) ?? expect.unreachable();
    const leases = [take()];
    expect(leases[0]?.credential.id).toBe('a');
    leases[0]?.succeeded();
    leases.push(take(), take());
    const elsewhere = take();
    expect(elsewhere.credential.id).toBe('b');
    elsewhere.succeeded();
    for (const lease of leases) lease.succeeded();
    expect(pool.preview(route, { id: 's' }).boundTo).toBe('a');
  });
});

describe('the queue', () => {
  test('is there only where a healthy credential is full', () => {
    const pool = testPool();
    expect(pool.queue(only, fresh)).toBeUndefined();
    const lease = first(pool);
    expect(pool.queue(only, { ...fresh, tried: new Set(['a']) })).toBeUndefined();
    pool.queue(only, fresh)?.leave(undefined);
    lease.failed({ reason: 'rate-limit', status: 429, message: 'x' }, { blame: 'credential', next: 'next-credential' });
    first(testPool());
    expect(pool.queue(only, fresh)).toBeUndefined();
  });

  test('serves who came first, and skips who has left', async () => {
    const pool = testPool();
    const lease = first(pool);
    const order: string[] = [];
    const wait = (name: string) => {
      const place = pool.queue(only, fresh) ?? expect.unreachable();
      const done = place.called.then(() => order.push(name));
      return { ...place, done };
    };
    const gone = wait('gone');
    const one = wait('one');
    const two = wait('two');
    gone.leave(undefined);
    lease.released();
    await one.done;
    expect(order).toEqual(['one']);
    const next = first(pool);
    one.leave(next);
    next.released();
    await two.done;
    expect(order).toEqual(['one', 'two']);
  });

  test('hands the room on when the one it was kept for has given up', async () => {
    const pool = testPool();
    const lease = first(pool);
    const late = pool.queue(only, fresh) ?? expect.unreachable();
    const next = pool.queue(only, fresh) ?? expect.unreachable();
    lease.released();
    late.leave(undefined);
    await expect(next.called).resolves.toBeUndefined();
  });

  test('calls the next when the called one took another room', async () => {
    const pool = testPool();
    const both = routeOf([credential('a', { maxConcurrent: 1 }), credential('b', { maxConcurrent: 1 })]);
    const take = (): Lease => pool.acquire(both, fresh) ?? expect.unreachable();
    const [a, b] = [take(), take()];
    const first = pool.queue(both, fresh) ?? expect.unreachable();
    const second = pool.queue(only, fresh) ?? expect.unreachable();
    // Only the first waits for `b`, and it is called for `a`.
    a.released();
    b.released();
    const taken = take();
    expect(taken.credential.id).toBe('a');
    taken.released();
    first.leave(b);
    await expect(second.called).resolves.toBeUndefined();
  });

  test('lets all go on who wait for what a probe finds', async () => {
    const pool = testPool();
    const well = routeOf([credential('a')]);
    const spent = { blame: 'credential', next: 'next-credential', cooldownMs: 600_000 } as const;
    pool.acquire(well, fresh)?.failed({ reason: 'quota', status: 429, message: 'x' }, spent);
    pool.clock.advance(300_000);
    const probe = pool.acquire(well, fresh);
    expect(probe?.choice).toBe('probe');
    expect(pool.acquire(well, fresh)).toBeUndefined();
    const places = [pool.queue(well, fresh), pool.queue(well, fresh)];
    probe?.answered();
    for (const place of places) await place?.called;
    expect(pool.acquire(well, fresh)?.choice).toBe('turn');
  });
});
