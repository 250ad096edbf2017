import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';

const count = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

/** Reads a usage object; Responses' names are taken too, some servers mix them. */
export function decodeUsage(raw: JsonObject): Usage {
  const inputDetails = detailsOf(raw, 'prompt_tokens_details', 'input_tokens_details');
  const outputDetails = detailsOf(raw, 'completion_tokens_details', 'output_tokens_details');
  const inputTokens = count(raw['prompt_tokens']) ?? count(raw['input_tokens']);
  // DeepSeek and Moonshot state cache hits beside the details.
  const cacheReadTokens =
    count(inputDetails['cached_tokens']) ?? count(raw['prompt_cache_hit_tokens']) ?? count(raw['cached_tokens']);
  const cacheWriteTokens = count(inputDetails['cached_creation_tokens']) ?? count(inputDetails['cache_write_tokens']);
  const reasoningTokens = count(outputDetails['reasoning_tokens']);
  const outputTokens = wholeOutput(raw, inputTokens, reasoningTokens);
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
    raw,
  };
}

function detailsOf(raw: JsonObject, ...keys: readonly string[]): JsonObject {
  for (const key of keys) {
    const details = raw[key];
    if (isObject(details)) return details;
  }
  return {};
}

/** xAI and Gemini's compatible endpoint leave reasoning out of the completion but count it in the total. */
function wholeOutput(raw: JsonObject, input: number | undefined, reasoning: number | undefined): number | undefined {
  const output = count(raw['completion_tokens']) ?? count(raw['output_tokens']);
  const total = count(raw['total_tokens']);
  if (output === undefined || input === undefined || reasoning === undefined || total === undefined) return output;
  return total === input + output + reasoning ? output + reasoning : output;
}

/** Prints usage for a client; unknown counts become 0 because the three sums are required there. */
export function encodeUsage(usage: Usage | undefined): JsonObject {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens, cacheWriteTokens, reasoningTokens } = usage ?? {};
  // `cached_creation_tokens` is the older extension's name, `cache_write_tokens` OpenAI's own.
  const written =
    cacheWriteTokens === undefined
      ? {}
      : { cached_creation_tokens: cacheWriteTokens, cache_write_tokens: cacheWriteTokens };
  const hasInputDetails = cacheReadTokens !== undefined || cacheWriteTokens !== undefined;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(hasInputDetails ? { prompt_tokens_details: { cached_tokens: cacheReadTokens ?? 0, ...written } } : {}),
    ...(reasoningTokens === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
