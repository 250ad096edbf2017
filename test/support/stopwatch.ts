import { performance } from 'node:perf_hooks';

const STEP_MS = 5;

/**
 * Starts a stopwatch; the function stops it, and gives the milliseconds in which this process had its turn. What a busy
 * machine took from it, as the event loop saw it, does not count: a claim about time is a claim about us.
 */
export function startStopwatch(): () => number {
  const startedAt = performance.now();
  let seenAt = startedAt;
  let lost = 0;
  const look = (): number => {
    const now = performance.now();
    lost += Math.max(0, now - seenAt - STEP_MS);
    seenAt = now;
    return now;
  };
  const ticking = setInterval(look, STEP_MS);
  return () => {
    clearInterval(ticking);
    return look() - startedAt - lost;
  };
}
