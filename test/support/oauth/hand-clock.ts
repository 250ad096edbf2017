import type { Clock } from '../../../src/shared/clock.js';

export interface HandClock extends Clock {
  /** Time goes on by that much, and whoever slept until then wakes. */
  advance(ms: number): void;
  /** Resolves once somebody sleeps for less than `withinMs`: then time may go on without anyone missing it. */
  someoneSleeps(withinMs: number): Promise<void>;
  /** How long each sleep was asked to be. */
  readonly slept: readonly number[];
}

/** A clock that stands still until a test moves it. */
export function handClock(start = 1_790_000_000_000): HandClock {
  let now = start;
  const slept: number[] = [];
  const sleepers = new Set<{ readonly until: number; readonly ms: number; wake(): void }>();
  const watchers = new Set<() => void>();
  return {
    now: () => now,
    slept,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        slept.push(ms);
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          until: now + ms,
          ms,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
        for (const check of watchers) check();
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of [...sleepers]) if (sleeper.until <= now) sleeper.wake();
    },
    someoneSleeps: (withinMs) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (![...sleepers].some(({ ms }) => ms < withinMs)) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      }),
  };
}
