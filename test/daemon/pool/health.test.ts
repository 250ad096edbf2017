import { describe, expect, test } from 'vitest';
import { openHealth } from '../../../src/daemon/pool/health.js';
import type { Lease, Pool } from '../../../src/daemon/pool/pool.js';
import { credential, routeOf, testPool } from '../../support/pool.js';

const MINUTE = 60_000;
const fresh = { tried: new Set<string>(), round: 0 };
const route = routeOf([credential('a')]);
const billing = { reason: 'billing', status: 402, message: 'pay' } as const;
const cools = (minutes: number) =>
  ({ blame: 'credential', next: 'next-credential', cooldownMs: minutes * MINUTE }) as const;

const take = (pool: Pool): Lease | undefined => pool.acquire(route, fresh);
function cooled(minutes: number) {
  const pool = testPool();
  take(pool)?.failed(billing, cools(minutes));
  return pool;
}

describe('a long cooldown', () => {
  test.each([
    { minutes: 30, probedAfter: 5 },
    { minutes: 2, probedAfter: 2 },
  ])('of $minutes min is probed after $probedAfter', ({ minutes, probedAfter }) => {
    const pool = cooled(minutes);
    pool.clock.advance(probedAfter * MINUTE - 1);
    expect(take(pool)).toBeUndefined();
    pool.clock.advance(1);
    expect(take(pool)).toBeDefined();
  });

  test('is probed by one request at a time, even after its end', () => {
    const pool = cooled(2);
    pool.clock.advance(3 * MINUTE);
    expect(take(pool)).toBeDefined();
    expect(take(pool)).toBeUndefined();
  });

  test('is over at once when the probe is answered', () => {
    const pool = cooled(30);
    pool.clock.advance(5 * MINUTE);
    take(pool)?.answered();
    expect(take(pool)).toBeDefined();
    expect(take(pool)).toBeDefined();
  });

  test('is over when the probe succeeds', () => {
    const pool = cooled(30);
    pool.clock.advance(5 * MINUTE);
    take(pool)?.succeeded();
    expect(take(pool) && take(pool)).toBeDefined();
  });

  test('begins anew when the probe fails', () => {
    const pool = cooled(30);
    pool.clock.advance(5 * MINUTE);
    take(pool)?.failed(billing, cools(30));
    pool.clock.advance(5 * MINUTE - 1);
    expect(take(pool)).toBeUndefined();
    pool.clock.advance(1);
    expect(take(pool)).toBeDefined();
  });

  test.each([
    ['was the request at fault', (lease: Lease) => lease.failed(billing, { blame: 'request', next: 'stop' })],
    ['broke the connection', (lease: Lease) => lease.failed(billing, { blame: 'network', next: 'next-credential' })],
    ['never left', (lease: Lease) => lease.released()],
  ])('lets the next one probe when a probe %s', (_how, end) => {
    const pool = cooled(30);
    pool.clock.advance(5 * MINUTE);
    const lease = take(pool);
    expect(lease).toBeDefined();
    if (lease !== undefined) end(lease);
    expect(take(pool)).toBeDefined();
  });

  test('is not locked by a probe that never ends', () => {
    const pool = cooled(30);
    pool.clock.advance(5 * MINUTE);
    take(pool);
    pool.clock.advance(5 * MINUTE);
    expect(take(pool)).toBeDefined();
  });
});

test('a cooldown of a minute or less just ends', () => {
  const pool = cooled(1);
  pool.clock.advance(MINUTE);
  expect(take(pool)).toBeDefined();
  expect(take(pool)).toBeDefined();
});

test('a probe of a model is blocked while the whole credential cools', () => {
  const health = openHealth();
  health.cool('a', 'm', { reason: 'server', ms: 2 * MINUTE }, 0);
  health.cool('a', undefined, { reason: 'auth', ms: 30 * MINUTE }, 0);
  expect(health.blocked('a', 'm', 3 * MINUTE)?.reason).toBe('auth');
});

test('only what is still in the future is handed to the next process', () => {
  const health = openHealth();
  health.cool('a', 'm', { reason: 'server', status: 500, ms: 1000 }, 0);
  health.cool('b', undefined, { reason: 'rate-limit', ms: 10 * MINUTE }, 0);
  const next = openHealth();
  next.restore(health.records(2000), 2000);
  expect(next.records(2000)).toEqual(health.records(2000));
  expect(next.records(2000).map(({ credentialId }) => credentialId)).toEqual(['b']);
  expect(next.blocked('b', 'any', 2000)?.reason).toBe('rate-limit');
});
