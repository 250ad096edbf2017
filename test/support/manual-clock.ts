import type { Clock } from '../../src/shared/clock.js';

export interface ManualClock extends Clock {
  /** Moves time on, and lets whoever waited that long go on. */
  advance(ms: number): Promise<void>;
}

/** Time that passes only when a test says so, for things that wait beside it. */
export function manualClock(start = Date.parse('2026-11-01T10:00:00Z')): ManualClock {
  let at = start;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => at,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const sleeper = { until: at + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async advance(ms) {
      at += ms;
      for (const sleeper of sleepers) {
        if (sleeper.until > at) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      await settled();
    },
  };
}

/** Everything that waits for nothing but promises has gone on. */
export const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
