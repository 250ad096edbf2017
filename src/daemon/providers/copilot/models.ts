import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo, ModelTrait, ThinkingCapability } from '../../ir/model.js';

const EMPTY: JsonObject = {};
const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : EMPTY);
const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const textsOf = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => typeof item === 'string') : [];

/** The models of Copilot's list that this account may use. @throws AppError `models_unavailable` when there is none. */
export function readModels(body: JsonObject): readonly ModelInfo[] {
  const { data } = body;
  const items: readonly JsonValue[] = Array.isArray(data) ? data : [];
  const byId = new Map<string, ModelInfo>();
  for (const item of items) {
    // One bad item must not lose the list.
    const model = isObject(item) ? readModel(item) : undefined;
    if (model !== undefined && !byId.has(model.id)) byId.set(model.id, model);
  }
  if (byId.size > 0) return [...byId.values()];
  throw new AppError('models_unavailable', 'Copilot lists no model for this account');
}

function readModel(item: JsonObject): ModelInfo | undefined {
  const { id, name, vendor, policy, model_picker_enabled: isOffered } = item;
  if (typeof id !== 'string' || id === '') return undefined;
  const capabilities = objectOf(item['capabilities']);
  const kind = capabilities['type'];
  if (kind === 'embeddings') return embeddingModel(id, name);
  if (kind !== 'chat' || isOffered === false) return undefined;
  if (isObject(policy) && policy['state'] !== 'enabled') return undefined;
  const limits = objectOf(capabilities['limits']);
  const supports = objectOf(capabilities['supports']);
  // The window is larger than what may be sent: clients that go by it overflow.
  const context = numberOf(limits['max_prompt_tokens']) ?? numberOf(limits['max_context_window_tokens']);
  const output = numberOf(limits['max_output_tokens']);
  const endpoints = textsOf(item['supported_endpoints']);
  const multiplier = numberOf(objectOf(item['billing'])['multiplier']);
  const thinking = readThinking(id, supports);
  return {
    id,
    userDefined: false,
    traits: traitsOf(id, supports),
    inputModalities: supports['vision'] === true ? ['text', 'image'] : ['text'],
    outputModalities: ['text'],
    ...(typeof name === 'string' ? { displayName: name } : {}),
    ...(typeof vendor === 'string' ? { ownedBy: vendor.toLowerCase() } : {}),
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(output === undefined ? {} : { maxOutputTokens: output }),
    ...(thinking === undefined ? {} : { thinking }),
    ...(endpoints.length === 0 ? {} : { endpoints }),
    ...(multiplier === undefined ? {} : { planMultiplier: multiplier }),
  };
}

const embeddingModel = (id: string, name: JsonValue | undefined): ModelInfo => ({
  id,
  userDefined: false,
  traits: new Set(),
  endpoints: ['/embeddings'],
  outputModalities: ['embedding'],
  ...(typeof name === 'string' ? { displayName: name } : {}),
});

const LEVELS = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Levels where the model has them; else a budget, in which `high` is half of the range and `max` all of it. */
function readThinking(id: string, supports: JsonObject): ThinkingCapability | undefined {
  const named = textsOf(supports['reasoning_effort']);
  const levels = LEVELS.filter((level) => named.includes(level));
  const isClaude = id.startsWith('claude');
  if (levels.length > 0 && (!isClaude || supports['adaptive_thinking'] === true)) {
    return { zeroAllowed: isClaude || named.includes('none'), dynamicAllowed: isClaude, levels };
  }
  const largest = numberOf(supports['max_thinking_budget']);
  if (largest === undefined || largest < 2) return undefined;
  const min = numberOf(supports['min_thinking_budget']) ?? 1024;
  const budgets = { high: Math.floor(largest / 2), max: largest - 1 };
  return { min, max: largest - 1, zeroAllowed: true, dynamicAllowed: false, levels: [], budgets };
}

function traitsOf(id: string, supports: JsonObject): ReadonlySet<ModelTrait> {
  const traits = new Set<ModelTrait>();
  if (!id.startsWith('claude')) return traits;
  if (supports['structured_outputs'] === true) traits.add('structured-output');
  if (supports['adaptive_thinking'] === true && supports['max_thinking_budget'] === undefined) {
    traits.add('adaptive-thinking-only');
  }
  return traits;
}

/** Copilot writes Claude's versions with dots, Anthropic with dashes; and everything answers to `copilot-<id>` too. */
export function copilotAliases({ id }: ModelInfo): readonly string[] {
  const dashed = id.startsWith('claude') ? id.replaceAll('.', '-') : id;
  return [`copilot-${id}`, ...(dashed === id ? [] : [dashed])];
}
