const MIN_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A worker that lived this long was healthy: its crash starts the count anew. */
const HEALTHY_AFTER_MS = 60_000;
const LOOP_WINDOW_MS = 60_000;
const LOOP_CRASHES = 5;

export interface RestartPolicy {
  /** Notes a crash and says how long to wait before the next try, in milliseconds. */
  onCrash(crash: { readonly at: number; readonly livedMs: number }): number;
  /** Five crashes within the last minute. */
  isLooping(now: number): boolean;
}

/**
 * Full jitter: anything from nothing to a bound that doubles from 0.5 s to 30 s, so that workers that died of one cause do
 * not come back in step. It never gives up.
 */
export function createRestartPolicy(random: () => number): RestartPolicy {
  let crashes: number[] = [];
  let attempt = 0;
  return {
    onCrash({ at, livedMs }) {
      if (livedMs >= HEALTHY_AFTER_MS) attempt = 0;
      crashes = [...crashes.filter((time) => at - time < LOOP_WINDOW_MS), at];
      const bound = Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** attempt);
      attempt = Math.min(attempt + 1, 16);
      return Math.floor(random() * bound);
    },
    isLooping: (now) => crashes.filter((time) => now - time < LOOP_WINDOW_MS).length >= LOOP_CRASHES,
  };
}
