import type { JsonObject } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';

/** Reads `usageMetadata`. Counts of zero are left out on the wire, and thoughts are not part of the candidates' count. */
export function readUsage(metadata: JsonObject): Usage {
  const count = (name: string): number | undefined => {
    const value = metadata[name];
    return typeof value === 'number' ? value : undefined;
  };
  const prompt = count('promptTokenCount');
  const toolPrompt = count('toolUsePromptTokenCount');
  const cached = count('cachedContentTokenCount');
  const thoughts = count('thoughtsTokenCount');
  const input = prompt === undefined ? undefined : prompt + (toolPrompt ?? 0);
  const output = outputTokens({
    candidates: count('candidatesTokenCount'),
    thoughts,
    total: count('totalTokenCount'),
    input,
  });
  return {
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(cached === undefined ? {} : { cacheReadTokens: cached }),
    ...(output === undefined ? {} : { outputTokens: output }),
    ...(thoughts === undefined ? {} : { reasoningTokens: thoughts }),
    raw: metadata,
  };
}

interface Counts {
  readonly candidates: number | undefined;
  readonly thoughts: number | undefined;
  readonly total: number | undefined;
  readonly input: number | undefined;
}

function outputTokens({ candidates, thoughts, total, input }: Counts): number | undefined {
  if (candidates !== undefined && candidates > 0) return candidates + (thoughts ?? 0);
  // Some models count no candidates but have them in the total.
  if (total !== undefined && total > 0) return Math.max(total - (input ?? 0), thoughts ?? 0);
  if (candidates === undefined && thoughts === undefined) return undefined;
  return (candidates ?? 0) + (thoughts ?? 0);
}

/** Prints `usageMetadata`; what is not known is 0. */
export function printUsage(usage: Usage | undefined): JsonObject {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens, reasoningTokens } = usage ?? {};
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: Math.max(0, outputTokens - (reasoningTokens ?? 0)),
    totalTokenCount: inputTokens + outputTokens,
    ...(cacheReadTokens === undefined ? {} : { cachedContentTokenCount: cacheReadTokens }),
    ...(reasoningTokens === undefined ? {} : { thoughtsTokenCount: reasoningTokens }),
  };
}
