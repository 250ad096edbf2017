import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';
import { asNumber, asObject } from './wire.js';

/** Adds a later usage object to an earlier one; a member that is null or missing keeps its earlier value. */
export function mergeRaw(earlier: JsonObject, later: JsonValue | undefined): JsonObject {
  if (!isObject(later)) return earlier;
  const known = Object.entries(later).filter(([key, value]) => value !== null || !(key in earlier));
  return { ...earlier, ...Object.fromEntries(known) };
}

/** Turns this dialect's exclusive input count into the inclusive one. */
export function readUsage(raw: JsonObject): Usage {
  const input = asNumber(raw['input_tokens']);
  const cacheReadTokens = asNumber(raw['cache_read_input_tokens']);
  const cacheWriteTokens = asNumber(raw['cache_creation_input_tokens']);
  const outputTokens = asNumber(raw['output_tokens']);
  const reasoningTokens = asNumber(asObject(raw['output_tokens_details'])?.['thinking_tokens']);
  const webSearches = asNumber(asObject(raw['server_tool_use'])?.['web_search_requests']);
  return {
    ...(input === undefined ? {} : { inputTokens: input + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0) }),
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
    ...(webSearches === undefined ? {} : { webSearches }),
    raw,
  };
}

/** SDKs add these figures up, so an unknown one is 0 here. */
export function printUsage(usage: Usage | undefined): JsonObject {
  const { inputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0, outputTokens = 0, raw } = usage ?? {};
  // Our own vendor's object says more than we model (tiers, cache lifetimes); no other dialect has this member.
  if (raw !== undefined && 'cache_read_input_tokens' in raw) {
    return { ...raw, input_tokens: raw['input_tokens'] ?? 0, output_tokens: raw['output_tokens'] ?? 0 };
  }
  return {
    input_tokens: Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cacheReadTokens,
    output_tokens: outputTokens,
    ...(usage?.reasoningTokens === undefined
      ? {}
      : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
    ...(usage?.webSearches === undefined ? {} : { server_tool_use: { web_search_requests: usage.webSearches } }),
  };
}
