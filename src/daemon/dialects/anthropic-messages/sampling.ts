import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { ModelRequest, Sampling } from '../../ir/request.js';
import type { Warning } from '../dialect.js';

/** What we ask for when the client gave no limit: enough for an answer, and no model refuses it. */
const DEFAULT_MAX_TOKENS = 32_000;

export const defaultMaxTokens = ({ maxOutputTokens }: ModelInfo): number =>
  Math.min(maxOutputTokens ?? DEFAULT_MAX_TOKENS, DEFAULT_MAX_TOKENS);

/** The required limit: the client's own within what the model can do. */
export function maxTokensFor({ maxOutputTokens }: Sampling, model: ModelInfo): number {
  if (maxOutputTokens === undefined) return defaultMaxTokens(model);
  return Math.max(1, Math.min(maxOutputTokens, model.maxOutputTokens ?? maxOutputTokens));
}

export interface SamplingContext {
  readonly model: ModelInfo;
  readonly isThinking: boolean;
  readonly warn: (warning: Warning) => void;
}

const NO_COUNTERPART = [
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'logprobs',
  'topLogprobs',
] as const satisfies readonly (keyof Sampling)[];

/** Spells the sampling settings, leaving out what this vendor or this model refuses. */
export function encodeSampling({ sampling }: ModelRequest, { model, isThinking, warn }: SamplingContext): JsonObject {
  if ((sampling.candidates ?? 1) > 1) throw new RequestFault('only one answer can be asked for, n must be 1', 'n');
  for (const name of NO_COUNTERPART) {
    if (sampling[name] !== undefined)
      warn({ path: `sampling.${name}`, reason: 'the Messages API has no such setting' });
  }
  const stop = sampling.stop?.filter((text) => text.trim() !== '') ?? [];
  if (stop.length < (sampling.stop?.length ?? 0)) {
    warn({ path: 'sampling.stop', reason: 'stop sequences of white space only are refused upstream' });
  }
  return {
    ...encodeRandomness(sampling, { model, isThinking, warn }),
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
  };
}

function encodeRandomness(
  { temperature, topP, topK }: Sampling,
  { model, isThinking, warn }: SamplingContext,
): JsonObject {
  const drop = (name: string, value: number | undefined, reason: string): undefined => {
    if (value !== undefined) warn({ path: `sampling.${name}`, reason });
    return undefined;
  };
  if (model.traits.has('no-sampling')) {
    drop('temperature', temperature, 'this model takes no sampling settings');
    drop('topP', topP, 'this model takes no sampling settings');
    drop('topK', topK, 'this model takes no sampling settings');
    return {};
  }
  const clamped = temperature === undefined ? undefined : Math.min(1, Math.max(0, temperature));
  if (clamped !== temperature) warn({ path: 'sampling.temperature', reason: 'clamped to the range 0 to 1' });
  if (isThinking) {
    return compact({
      temperature: clamped === 1 ? 1 : drop('temperature', temperature, 'with thinking it can only be 1'),
      top_p: topP !== undefined && topP >= 0.95 ? topP : drop('topP', topP, 'with thinking it must be at least 0.95'),
      top_k: drop('topK', topK, 'not allowed with thinking'),
    });
  }
  return compact({
    temperature: clamped,
    top_p: clamped === undefined ? topP : drop('topP', topP, 'not allowed together with a temperature'),
    top_k: topK,
  });
}

const compact = (fields: Readonly<Record<string, number | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
