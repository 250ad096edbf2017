import { describe, expect, test } from 'vitest';
import type { FailureFacts } from '../../../src/daemon/ir/error.js';
import type { Route } from '../../../src/daemon/pool/credential.js';
import type { Lease, Pool } from '../../../src/daemon/pool/pool.js';
import { credential, offer, routeOf, testPool } from '../../support/pool.js';

const fresh = { tried: new Set<string>(), round: 0 };
const take = (pool: Pool, route: Route, id?: string): Lease => {
  const lease = pool.acquire(route, { ...fresh, session: id === undefined ? undefined : { id } });
  if (lease === undefined) throw new Error('nobody is free');
  return lease;
};
const ids = (pool: Pool, route: Route, count: number): string =>
  Array.from({ length: count }, () => take(pool, route).credential.id).join(' ');
const rateLimit: FailureFacts = { reason: 'rate-limit', status: 429, message: 'slow down' };
const cools = (cooldownMs?: number) =>
  ({
    blame: 'credential-model',
    next: 'next-credential',
    ...(cooldownMs === undefined ? {} : { cooldownMs }),
  }) as const;

describe('selection', () => {
  test('round-robin takes turns', () => {
    const route = routeOf([credential('a'), credential('b'), credential('c')]);
    expect(ids(testPool(), route, 5)).toBe('a b c a b');
  });

  test('smooth weighted round-robin gives A A B A C A A for 5, 1, 1', () => {
    const route = routeOf([credential('A', { weight: 5 }), credential('B'), credential('C')]);
    expect(ids(testPool({ strategy: 'weighted-round-robin' }), route, 14)).toBe('A A B A C A A A A B A C A A');
  });

  test('weight 0 takes no part in weighted turns', () => {
    const route = routeOf([credential('a', { weight: 0 }), credential('b')]);
    expect(ids(testPool({ strategy: 'weighted-round-robin' }), route, 2)).toBe('b b');
  });

  test('fill-first stays with the first until it is blocked', () => {
    const pool = testPool({ strategy: 'fill-first' });
    const route = routeOf([credential('a'), credential('b')]);
    expect(ids(pool, route, 2)).toBe('a a');
    take(pool, route).failed(rateLimit, cools(60_000));
    expect(ids(pool, route, 2)).toBe('b b');
  });

  test('a lower priority waits until the higher one is blocked, and no longer', () => {
    const pool = testPool();
    const route = routeOf([credential('A', { priority: 10 }), credential('B'), credential('C')]);
    expect(ids(pool, route, 2)).toBe('A A');
    take(pool, route).failed(rateLimit, cools(60_000));
    expect(ids(pool, route, 3)).toBe('C B C');
    pool.clock.advance(60_001);
    expect(ids(pool, route, 1)).toBe('A');
  });

  test('a session stays where it succeeded, though a higher priority recovers', () => {
    const pool = testPool({ sticky: true });
    const route = routeOf([credential('A', { priority: 10 }), credential('B')]);
    take(pool, route).failed(rateLimit, cools(1000));
    take(pool, route, 's').succeeded();
    pool.clock.advance(2000);
    expect(take(pool, route, 's').credential.id).toBe('B');
    expect(take(pool, route, 'new').credential.id).toBe('A');
  });

  test('a session moves on when its credential is blocked', () => {
    const pool = testPool({ sticky: true });
    const route = routeOf([credential('a'), credential('b')]);
    const first = take(pool, route, 's');
    first.succeeded();
    take(pool, route, 's').failed(rateLimit, cools(60_000));
    expect(take(pool, route, 's').credential.id).not.toBe(first.credential.id);
  });

  test('a pooled alias starts at the next model each time and goes on inside the credential', () => {
    const pool = testPool();
    const route = routeOf(
      [credential('a', { models: [offer('u1', 'x'), offer('u2', 'x'), offer('u3', 'x')] }), credential('b')],
      'x',
    );
    const only = { ...route, candidates: route.candidates.slice(0, 1), groups: [route.candidates.slice(0, 1)] };
    expect(take(pool, only).offer.model.id).toBe('u1');
    const second = take(pool, only);
    expect(second.offer.model.id).toBe('u2');
    second.failed({ reason: 'server', status: 500, message: 'x' }, cools(60_000));
    const next = pool.acquire(route, { tried: new Set([second.key]), round: 0 });
    expect(next?.offer.model.id).toBe('u3');
  });

  test('no more credentials are tried than allowed', () => {
    const pool = testPool({ policy: { maxRetryCredentials: 1 } });
    const route = routeOf([credential('a'), credential('b')]);
    const first = take(pool, route);
    expect(pool.acquire(route, { tried: new Set([first.key]), round: 0 })).toBeUndefined();
  });
});

describe('cooldown', () => {
  test('429 without a hint doubles from one second, once per window', () => {
    const pool = testPool();
    const route = routeOf([credential('a')]);
    const waits: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const leases = Array.from({ length: 10 }, () => take(pool, route));
      for (const lease of leases) lease.failed(rateLimit, cools());
      const blocked = pool.explain(route)[0]?.blocked;
      waits.push((blocked?.until ?? 0) - pool.clock.now());
      pool.clock.advance((blocked?.until ?? 0) - pool.clock.now() + 1);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });

  test('a success starts the back-off again', () => {
    const pool = testPool();
    const route = routeOf([credential('a')]);
    take(pool, route).failed(rateLimit, cools());
    pool.clock.advance(1001);
    take(pool, route).succeeded();
    take(pool, route).failed(rateLimit, cools());
    expect((pool.explain(route)[0]?.blocked?.until ?? 0) - pool.clock.now()).toBe(1000);
  });

  test('a whole credential cools for every model, one model for itself alone', () => {
    const pool = testPool();
    const shared = credential('a', { models: [offer('m'), offer('n')] });
    const m = routeOf([{ ...shared, models: [offer('m')] }], 'm');
    const n = routeOf([{ ...shared, models: [offer('n')] }], 'n');
    take(pool, m).failed(rateLimit, cools(60_000));
    expect(pool.acquire(m, fresh)).toBeUndefined();
    expect(pool.acquire(n, fresh)).toBeDefined();
    take(pool, n).failed(
      { reason: 'auth', status: 401, message: 'no' },
      { blame: 'credential', next: 'next-credential', cooldownMs: 1000 },
    );
    expect(pool.acquire(n, fresh)).toBeUndefined();
  });

  test.each(['request', 'network'] as const)('a failure that is the %s fault cools nobody', (blame) => {
    const pool = testPool();
    const route = routeOf([credential('a')]);
    take(pool, route).failed({ reason: 'invalid-request', status: 400, message: 'x' }, { blame, next: 'stop' });
    expect(pool.acquire(route, fresh)).toBeDefined();
  });

  test('cooling can be switched off for one credential', () => {
    const pool = testPool();
    const route = routeOf([credential('a', { disableCooling: true })]);
    take(pool, route).failed(rateLimit, cools(60_000));
    expect(pool.acquire(route, fresh)).toBeDefined();
  });
});

describe('further rounds', () => {
  const serverError: FailureFacts = { reason: 'server', status: 500, message: 'x' };

  test('start at once while somebody is free, as often as configured', () => {
    const pool = testPool({ policy: { requestRetry: 2 } });
    const route = routeOf([credential('a')]);
    expect(pool.nextRound(route, serverError, 1)).toBe(0);
    expect(pool.nextRound(route, serverError, 2)).toBe(0);
    expect(pool.nextRound(route, serverError, 3)).toBeUndefined();
  });

  test('wait for the shortest cooldown within the limit', () => {
    const pool = testPool({ policy: { requestRetry: 1, maxRetryIntervalMs: 10_000 } });
    const route = routeOf([credential('a'), credential('b')]);
    take(pool, route).failed(serverError, cools(8000));
    take(pool, route).failed(serverError, cools(5000));
    expect(pool.nextRound(route, serverError, 1)).toBe(5000);
  });

  test('never start when waiting is forbidden or too long', () => {
    const pool = testPool({ policy: { requestRetry: 1 } });
    const route = routeOf([credential('a')]);
    take(pool, route).failed(serverError, cools(5000));
    expect(pool.nextRound(route, serverError, 1)).toBeUndefined();
  });

  test('never start after a failure that does not pass', () => {
    const pool = testPool({ policy: { requestRetry: 1 } });
    const route = routeOf([credential('a')]);
    expect(pool.nextRound(route, { reason: 'auth', status: 401, message: 'x' }, 1)).toBeUndefined();
  });
});
