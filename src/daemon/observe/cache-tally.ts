import type { CacheShare } from '../../shared/contract/credentials.js';
import type { Usage } from '../ir/usage.js';

/** What prompt caches saved, per credential and model, since the start. */
export interface CacheTally {
  note(credentialId: string, model: string, usage: Usage): void;
  of(credentialId: string): CacheShare[];
}

/** Far more than a person has; beyond it new ones are not counted. */
const MAX_ENTRIES = 10_000;

export function openCacheTally(): CacheTally {
  const credentials = new Map<string, Map<string, CacheShare>>();
  let entries = 0;
  return {
    note(credentialId, model, { inputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 }) {
      if (inputTokens === undefined) return;
      const models = credentials.get(credentialId) ?? new Map<string, CacheShare>();
      const share = models.get(model);
      if (share === undefined) {
        if (entries >= MAX_ENTRIES) return;
        entries++;
        credentials.set(credentialId, models);
        models.set(model, { model, requests: 1, inputTokens, cacheReadTokens, cacheWriteTokens });
        return;
      }
      share.requests += 1;
      share.inputTokens += inputTokens;
      share.cacheReadTokens += cacheReadTokens;
      share.cacheWriteTokens += cacheWriteTokens;
    },
    of: (credentialId) => [...(credentials.get(credentialId)?.values() ?? [])].map((share) => ({ ...share })),
  };
}

/** The part of the input that came from a cache, 0 to 1; `undefined` where the upstream does not tell. */
export function cacheHitRatio(usage: Usage | undefined): number | undefined {
  const { inputTokens, cacheReadTokens } = usage ?? {};
  if (inputTokens === undefined || inputTokens === 0 || cacheReadTokens === undefined) return undefined;
  return Math.round((cacheReadTokens / inputTokens) * 1000) / 1000;
}

/** The tallies of several workers as one. */
export function joinShares(tallies: readonly (readonly CacheShare[])[]): CacheShare[] {
  const joined = new Map<string, CacheShare>();
  for (const share of tallies.flat()) {
    const known = joined.get(share.model);
    joined.set(
      share.model,
      known === undefined
        ? share
        : {
            model: share.model,
            requests: known.requests + share.requests,
            inputTokens: known.inputTokens + share.inputTokens,
            cacheReadTokens: known.cacheReadTokens + share.cacheReadTokens,
            cacheWriteTokens: known.cacheWriteTokens + share.cacheWriteTokens,
          },
    );
  }
  return [...joined.values()];
}
