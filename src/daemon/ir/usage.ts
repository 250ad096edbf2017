import type { JsonObject } from './json.js';

/** Token counts of one answer. Absent means unknown, 0 means none. */
export interface Usage {
  /** All input, cached or not: uncached + cache reads + cache writes. */
  readonly inputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  /** All output, reasoning included. */
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  /** Searches the provider ran and bills. */
  readonly webSearches?: number;
  /** As the vendor sent it; billing questions end here. */
  readonly raw?: JsonObject;
}

/** Usage is cumulative: the later figure wins, an unknown one keeps the earlier. */
export function mergeUsage(earlier: Usage | undefined, later: Usage): Usage {
  return earlier === undefined ? later : { ...earlier, ...later };
}
