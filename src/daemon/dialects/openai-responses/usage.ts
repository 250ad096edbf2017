import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';

/** Reads `usage`; what the upstream did not say stays unknown. */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = isObject(value['input_tokens_details']) ? value['input_tokens_details'] : {};
  const output = isObject(value['output_tokens_details']) ? value['output_tokens_details'] : {};
  const inputTokens = count(value['input_tokens']);
  const outputTokens = count(value['output_tokens']);
  const cacheReadTokens = count(input['cached_tokens']);
  const cacheWriteTokens = count(input['cache_write_tokens']) ?? count(input['cached_creation_tokens']);
  const reasoningTokens = count(output['reasoning_tokens']);
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
    raw: value,
  };
}

/** A search, and not the opening of a page that one found. */
export function isBilledSearch({ type, action }: JsonObject): boolean {
  if (type !== 'web_search_call') return false;
  const kind = isObject(action) ? action['type'] : undefined;
  return kind === undefined || kind === 'search';
}

/** `usage` does not count searches: each is an item of the answer. */
export const withSearches = (usage: Usage | undefined, webSearches: number): Usage | undefined =>
  webSearches === 0 ? usage : { ...usage, webSearches };

const count = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

/** Prints usage: the API always states every figure, so an unknown one is 0 here. */
export function encodeUsage(usage: Usage | undefined): JsonObject {
  const { inputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage ?? {};
  const { outputTokens = 0, reasoningTokens = 0 } = usage ?? {};
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: cacheReadTokens,
      cache_write_tokens: cacheWriteTokens,
      // The name that gateways gave it before the API had one; their clients still look for it.
      ...(cacheWriteTokens > 0 ? { cached_creation_tokens: cacheWriteTokens } : {}),
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}
