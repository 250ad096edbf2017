import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';

/** Where no table knows the model's own limit (router-for-me/CLIProxyAPI takes the same). */
const UNKNOWN_MAX_TOKENS = 1024;
/** The vendor's smallest thinking budget. */
const MIN_BUDGET = 1024;
/** The vendor's smallest `top_p` beside thinking. */
const MIN_THINKING_TOP_P = 0.95;

/**
 * Settings of a relayed body that Anthropic answers with 400 whatever the model's answer would be: a missing limit,
 * thinking beside a forced tool, sampling beside thinking. Top-level members only; nothing long is parsed.
 */
export function fitSettings(body: WireBody, model: ModelInfo): void {
  if (body.get('max_tokens') === undefined) body.set('max_tokens', model.maxOutputTokens ?? UNKNOWN_MAX_TOKENS);
  if (isForced(body.get('tool_choice'))) dropThinking(body);
  fitBudget(body);
  fitSampling(body, model);
}

const isForced = (choice: JsonValue | undefined): boolean =>
  isObject(choice) && (choice['type'] === 'any' || choice['type'] === 'tool');

function dropThinking(body: WireBody): void {
  drop(body, 'thinking');
  const config = body.get('output_config');
  if (!isObject(config) || config['effort'] === undefined) return;
  const { effort: _effort, ...rest } = config;
  body.set('output_config', Object.keys(rest).length === 0 ? undefined : rest);
}

/** The budget must be below the limit. Where that leaves too little to think with, the vendor says so better than we. */
function fitBudget(body: WireBody): void {
  const thinking = thinkingOf(body);
  const budget = thinking?.['budget_tokens'];
  const limit = body.get('max_tokens');
  if (thinking === undefined || typeof budget !== 'number' || typeof limit !== 'number' || budget < limit) return;
  if (limit - 1 >= MIN_BUDGET) body.set('thinking', { ...thinking, budget_tokens: limit - 1 });
}

function fitSampling(body: WireBody, model: ModelInfo): void {
  if (model.traits.has('no-sampling')) {
    for (const member of ['temperature', 'top_p', 'top_k']) drop(body, member);
    return;
  }
  const type = thinkingOf(body)?.['type'];
  if (type === 'enabled' || type === 'adaptive') {
    if (body.get('temperature') !== 1) drop(body, 'temperature');
    const topP = body.get('top_p');
    if (typeof topP !== 'number' || topP < MIN_THINKING_TOP_P) drop(body, 'top_p');
    drop(body, 'top_k');
  } else if (body.get('temperature') !== undefined) {
    drop(body, 'top_p');
  }
}

function thinkingOf(body: WireBody): JsonObject | undefined {
  const thinking = body.get('thinking');
  return isObject(thinking) ? thinking : undefined;
}

function drop(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}
