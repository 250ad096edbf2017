import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo, ThinkingCapability } from '../../ir/model.js';
import type { Reasoning, ReasoningEffort } from '../../ir/request.js';
import { BUDGET_OF, EFFORTS } from '../../ir/thinking.js';
import type { WireBody } from '../dialect.js';
import { mergeRest, readFields } from './fields.js';

export interface ReadThinking {
  readonly reasoning?: Reasoning;
  /** What was not understood, and the spelling of what was. */
  readonly rest: JsonObject;
}

/** Reads `thinkingConfig`: the level, else the budget (0 off, -1 dynamic), and whether thoughts are shown. */
export function readThinkingConfig(config: JsonObject, path: string): ReadThinking {
  const fields = readFields(config, path);
  const amount = readAmount(config, path);
  for (const name of amount.taken) fields.take(name);
  const shown = fields.boolean('includeThoughts');
  const reasoning: Reasoning = {
    ...amount.reasoning,
    ...(shown === undefined ? {} : { summary: shown ? 'auto' : 'none' }),
  };
  return {
    ...(Object.keys(reasoning).length === 0 ? {} : { reasoning }),
    rest: { ...fields.rest(), ...(amount.written === undefined ? {} : { $level: amount.written }) },
  };
}

interface Amount {
  readonly taken: readonly string[];
  readonly reasoning?: Reasoning;
  /** The level as the client spelled it. */
  readonly written?: string;
}

function readAmount(config: JsonObject, path: string): Amount {
  const fields = readFields(config, path);
  const written = fields.string('thinkingLevel');
  // THINKING_LEVEL_UNSPECIFIED means unset, and so does a level nobody knows.
  const effort = EFFORTS.find((candidate) => candidate === written?.toLowerCase());
  if (written !== undefined && effort !== undefined) {
    return { taken: ['thinkingLevel'], reasoning: { mode: 'effort', effort }, written };
  }
  const budgetTokens = fields.number('thinkingBudget');
  if (budgetTokens === undefined) return { taken: [] };
  return { taken: ['thinkingBudget'], reasoning: budgetReasoning(budgetTokens) };
}

function budgetReasoning(budgetTokens: number): Reasoning {
  if (budgetTokens === 0) return { mode: 'off' };
  return budgetTokens === -1 ? { mode: 'auto' } : { mode: 'budget', budgetTokens };
}

/** Prints a setting as it is, for a model that is not known. */
function printThinking(reasoning: Reasoning): JsonObject {
  return { ...printAmount(reasoning), ...printVisibility(reasoning) };
}

function printAmount({ mode, effort, budgetTokens }: Reasoning): JsonObject {
  switch (mode) {
    case 'off':
      return { thinkingBudget: 0 };
    case 'auto':
      return { thinkingBudget: -1 };
    case 'effort':
      return { thinkingLevel: effort ?? 'medium' };
    case 'budget':
      return budgetTokens === undefined ? {} : { thinkingBudget: budgetTokens };
    default:
      return {};
  }
}

const printVisibility = ({ summary }: Reasoning): JsonObject =>
  summary === undefined ? {} : { includeThoughts: summary !== 'none' };

/** `thinkingConfig` for a model; `undefined` when it takes none or nothing was asked. The engine has fitted the amount. */
export function thinkingConfigFor(reasoning: Reasoning | undefined, model: ModelInfo): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const capability = model.thinking;
  if (capability === undefined && !model.userDefined) return undefined;
  if (reasoning.mode === 'off') return offConfig(capability);
  const amount =
    reasoning.mode === 'effort' ? effortConfig(reasoning.effort ?? 'medium', capability) : printAmount(reasoning);
  const config = { ...amount, ...printVisibility(reasoning) };
  return Object.keys(config).length === 0 ? undefined : config;
}

function offConfig(capability: ThinkingCapability | undefined): JsonObject {
  const [lowest] = capability?.levels ?? [];
  // A model that takes levels only has no budget to set to 0.
  if (capability?.zeroAllowed === false && lowest !== undefined) return { thinkingLevel: lowest };
  if (capability?.zeroAllowed === false) return { thinkingBudget: capability.min ?? 0 };
  return { thinkingBudget: 0 };
}

function effortConfig(effort: ReasoningEffort, capability: ThinkingCapability | undefined): JsonObject {
  if (capability !== undefined && capability.levels.length === 0) {
    const { min = 0, max = BUDGET_OF[effort] } = capability;
    return { thinkingBudget: Math.min(Math.max(BUDGET_OF[effort], min), max) };
  }
  // Google knows nothing above high.
  return { thinkingLevel: effort === 'xhigh' || effort === 'max' ? 'high' : effort };
}

/** The thinking settings of a relayed body; reads `generationConfig` alone. */
export function readReasoning(body: WireBody): Reasoning | undefined {
  const found = findConfig(body);
  return found === undefined
    ? undefined
    : readThinkingConfig(found.thinking, 'generationConfig.thinkingConfig').reasoning;
}

/** Writes thinking settings into a relayed body; everything else in `generationConfig` stays. */
export function editReasoning(body: WireBody, reasoning: Reasoning | undefined, model: ModelInfo): void {
  const key = configKey(body);
  const config = body.get(key);
  const known: JsonObject = isObject(config) ? config : {};
  const thinkingKey = isObject(known['thinking_config']) ? 'thinking_config' : 'thinkingConfig';
  const kept = Object.fromEntries(Object.entries(known).filter(([name]) => name !== thinkingKey));
  const thinking = thinkingConfigFor(reasoning, model);
  if (thinking !== undefined) body.set(key, { ...kept, [thinkingKey]: thinking });
  else if (Object.hasOwn(known, thinkingKey)) body.set(key, Object.keys(kept).length === 0 ? undefined : kept);
}

const configKey = (body: WireBody): string =>
  isObject(body.get('generationConfig')) || !isObject(body.get('generation_config'))
    ? 'generationConfig'
    : 'generation_config';

function findConfig(body: WireBody): { readonly thinking: JsonObject } | undefined {
  const config = body.get(configKey(body));
  if (!isObject(config)) return undefined;
  const thinking: JsonValue | undefined = config['thinkingConfig'] ?? config['thinking_config'];
  return isObject(thinking) ? { thinking } : undefined;
}

/** The same config as the client wrote it, around what may have changed since. */
export function printOwnThinking(reasoning: Reasoning | undefined, rest: JsonObject): JsonObject {
  const printed = printThinking(reasoning ?? {});
  const written = rest['$level'];
  const keepsLevel = typeof written === 'string' && written.toLowerCase() === printed['thinkingLevel'];
  return mergeRest(keepsLevel ? { ...printed, thinkingLevel: written } : printed, rest);
}
