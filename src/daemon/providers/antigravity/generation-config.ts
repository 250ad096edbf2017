import type { ModelFamily } from '../../dialects/gemini-generate/issuer.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { BUDGET_OF, EFFORTS } from '../../ir/thinking.js';
import { shapeResponseSchema } from './tools.js';
import { camelMembers } from './wire-names.js';

/** Of Claude behind this service (antigravity.md 5.4). */
const CLAUDE_MAX_TOKENS = 64_000;
/** Less is refused by Claude. */
const LEAST_BUDGET = 1024;

export interface ConfigTarget {
  readonly family: ModelFamily;
  readonly model: Pick<ModelInfo, 'maxOutputTokens'>;
  /** The thinking that began the turn under way is lost: Claude cannot go on thinking in it. */
  readonly mayThink: boolean;
}

/** `generationConfig` as the service takes it; `undefined`: nothing is left. */
export function shapeConfig(config: JsonValue | undefined, target: ConfigTarget): JsonObject | undefined {
  const given = isObject(config) ? camelMembers(config) : {};
  // Penalties are refused, and the length is Claude's only.
  const { presencePenalty: _presence, frequencyPenalty: _frequency, maxOutputTokens, ...rest } = withSchemas(given);
  const { thinkingConfig, ...others } = rest;
  const thinking = isObject(thinkingConfig) ? camelMembers(thinkingConfig) : undefined;
  const shaped: JsonObject =
    target.family === 'anthropic'
      ? { ...others, ...claudeLimits(thinking, maxOutputTokens, target) }
      : { ...others, ...(thinking === undefined ? {} : { thinkingConfig: thinking }) };
  return Object.keys(shaped).length === 0 ? undefined : shaped;
}

function withSchemas(config: JsonObject): JsonObject {
  const { responseSchema, responseJsonSchema } = config;
  return {
    ...config,
    ...(isObject(responseSchema) ? { responseSchema: shapeResponseSchema(responseSchema) } : {}),
    ...(isObject(responseJsonSchema) ? { responseJsonSchema: shapeResponseSchema(responseJsonSchema) } : {}),
  };
}

function claudeLimits(
  thinking: JsonObject | undefined,
  asked: JsonValue | undefined,
  target: ConfigTarget,
): JsonObject {
  const limit = target.model.maxOutputTokens ?? CLAUDE_MAX_TOKENS;
  const given = typeof asked === 'number' ? Math.min(asked, limit) : undefined;
  const max = given ?? limit;
  const wanted = thinking === undefined || !target.mayThink ? 0 : budgetOf(thinking);
  // The budget is a part of the answer's length, and must leave room for an answer.
  const budget = wanted >= max ? max - 1 : wanted;
  if (budget < LEAST_BUDGET) return given === undefined ? {} : { maxOutputTokens: given };
  const { thinkingLevel: _level, ...shown } = thinking ?? {};
  // Unless they are shown there is nothing to send back, which Claude wants before its calls.
  return { maxOutputTokens: max, thinkingConfig: { includeThoughts: true, ...shown, thinkingBudget: budget } };
}

/** Claude has budgets only; as much as it likes is a medium one. */
function budgetOf({ thinkingBudget, thinkingLevel }: JsonObject): number {
  if (typeof thinkingBudget === 'number') return thinkingBudget < 0 ? BUDGET_OF.medium : thinkingBudget;
  const named = typeof thinkingLevel === 'string' ? thinkingLevel.toLowerCase() : undefined;
  const effort = EFFORTS.find((candidate) => candidate === named);
  return effort === undefined ? 0 : BUDGET_OF[effort];
}
