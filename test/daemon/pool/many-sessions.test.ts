import { expect, test } from 'vitest';
import { credential, routeOf, testPool } from '../../support/pool.js';

const SESSIONS = 10_000;
const CREDENTIALS = 20;

test.each(['round-robin', 'weighted-round-robin'] as const)(
  'ten thousand conversations each stay where they are, spread evenly by %s',
  (strategy) => {
    const pool = testPool({ sticky: true, strategy });
    const route = routeOf(Array.from({ length: CREDENTIALS }, (_, index) => credential(`c${index}`)));
    const perCredential = new Map<string, number>();
    const homes = new Map<number, string>();
    let moves = 0;
    for (let turn = 0; turn < 3; turn++) {
      for (let session = 0; session < SESSIONS; session++) {
        const lease = pool.acquire(route, { session: { id: `s${session}` }, tried: new Set(), round: 0 });
        if (lease === undefined) throw new Error('nobody is free');
        lease.succeeded();
        const { id } = lease.credential;
        if (turn === 0) homes.set(session, id);
        else if (homes.get(session) !== id) moves++;
        perCredential.set(id, (perCredential.get(id) ?? 0) + 1);
      }
    }
    expect(moves).toBe(0);
    expect([...perCredential.values()]).toEqual(Array(CREDENTIALS).fill((3 * SESSIONS) / CREDENTIALS));
  },
);

test('when one of them fails, its conversations alone move, and are spread over the others', () => {
  const pool = testPool({ sticky: true });
  const route = routeOf(Array.from({ length: CREDENTIALS }, (_, index) => credential(`c${index}`)));
  const take = (session: number) => {
    const lease = pool.acquire(route, { session: { id: `s${session}` }, tried: new Set(), round: 0 });
    if (lease === undefined) throw new Error('nobody is free');
    return lease;
  };
  const homes = Array.from({ length: SESSIONS }, (_, session) => {
    const lease = take(session);
    lease.succeeded();
    return lease.credential.id;
  });
  const [failed] = homes;
  take(0).failed({ reason: 'quota', status: 429, message: 'x' }, { blame: 'credential', next: 'next-credential' });
  const moved = new Map<string, number>();
  for (const [session, home] of homes.entries()) {
    const lease = take(session);
    lease.succeeded();
    if (home !== failed) expect(lease.credential.id).toBe(home);
    else moved.set(lease.credential.id, (moved.get(lease.credential.id) ?? 0) + 1);
  }
  expect(moved.size).toBe(CREDENTIALS - 1);
  expect(Math.max(...moved.values()) - Math.min(...moved.values())).toBeLessThanOrEqual(1);
});
