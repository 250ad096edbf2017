const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits for a promotion whose end nobody tells: an hour, then longer, as long as it is refused again and again. */
export function openPromotionWait(now: () => number): () => number {
  let wait = HOUR_MS;
  let until = 0;
  return () => {
    const at = now();
    // Several requests may be refused at the same time: that is one refusal.
    if (at < until) return until - at;
    const isAgain = until > 0 && at < until + wait;
    wait = isAgain ? Math.min(2 * wait, 24 * HOUR_MS) : HOUR_MS;
    until = at + wait;
    return wait;
  };
}

const FIRST_REST_MS = 5 * SECOND_MS;
const LONGEST_REST_MS = 5 * MINUTE_MS;

/** Waits after a rate limit that names none, by model: five seconds, then twice as long each time until an answer is good. */
export function openRateWait(now: () => number): { next(modelId: string): number; worked(modelId: string): void } {
  const rests = new Map<string, { readonly ms: number; readonly until: number }>();
  return {
    next(modelId) {
      const last = rests.get(modelId);
      const at = now();
      // Several requests may be refused at the same time: that is one refusal.
      if (last !== undefined && at < last.until) return last.until - at;
      const ms = Math.min(last === undefined ? FIRST_REST_MS : 2 * last.ms, LONGEST_REST_MS);
      rests.set(modelId, { ms, until: at + ms });
      return ms;
    },
    worked: (modelId) => void rests.delete(modelId),
  };
}
