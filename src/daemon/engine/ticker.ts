/** One coarse timer for all streams: none is made or reset per chunk. */
export interface Ticker {
  /** Calls `tick` about every second until the returned function is called. */
  add(tick: () => void): () => void;
}

export function openTicker(intervalMs = 1000): Ticker {
  const ticks = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  return {
    add(tick) {
      ticks.add(tick);
      timer ??= setInterval(() => {
        for (const each of ticks) each();
      }, intervalMs).unref();
      return () => {
        ticks.delete(tick);
        if (ticks.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
