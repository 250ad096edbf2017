import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { Reasoning, ReasoningEffort } from '../../ir/request.js';
import { BUDGET_OF, EFFORTS, effortOfBudget } from '../../ir/thinking.js';
import type { WireBody } from '../dialect.js';
import { defaultMaxTokens } from './sampling.js';
import { asNumber, asObject, asString, omit } from './wire.js';

/** The vendor's smallest budget. */
const MIN_BUDGET = 1024;

/** The thinking settings of a body, exactly; `undefined` when it has none that we know. */
export function readReasoning(body: Pick<WireBody, 'get'>): Reasoning | undefined {
  return read(asObject(body.get('thinking')), asObject(body.get('output_config')));
}

function read(thinking: JsonObject | undefined, outputConfig: JsonObject | undefined): Reasoning | undefined {
  const display = thinking?.['display'];
  const summary =
    display === 'omitted'
      ? ({ summary: 'none' } as const)
      : display === 'summarized'
        ? ({ summary: 'auto' } as const)
        : {};
  switch (thinking?.['type']) {
    case 'disabled':
      return { mode: 'off', ...summary };
    case 'enabled': {
      const budgetTokens = asNumber(thinking['budget_tokens']);
      return { ...(budgetTokens === undefined ? { mode: 'auto' } : { mode: 'budget', budgetTokens }), ...summary };
    }
    case 'adaptive':
    case 'auto': {
      const effort = readEffort(outputConfig);
      return { ...(effort === undefined ? { mode: 'auto' } : { mode: 'effort', effort }), ...summary };
    }
    default:
      return undefined;
  }
}

const readEffort = (outputConfig: JsonObject | undefined): ReasoningEffort | undefined =>
  EFFORTS.find((effort) => effort === outputConfig?.['effort']);

/**
 * The same for another vendor's model, where defaults differ: adaptive thinking without a level is thorough, a level
 * alone still says how hard to work, and thinking is shown unless it is switched off or hidden.
 */
export function readReasoningForOthers(
  thinking: JsonValue | undefined,
  outputConfig: JsonValue | undefined,
): Reasoning | undefined {
  const settings = asObject(thinking);
  const config = asObject(outputConfig);
  const reasoning = read(settings, config);
  if (reasoning === undefined) {
    const effort = settings === undefined ? readEffort(config) : undefined;
    return effort === undefined ? undefined : { mode: 'effort', effort };
  }
  if (reasoning.mode === 'off') return reasoning;
  const isThorough = reasoning.mode === 'auto' && settings?.['type'] !== 'enabled';
  return { summary: 'auto', ...reasoning, ...(isThorough ? { mode: 'effort', effort: 'xhigh' } : {}) };
}

/** The two members of a body that decide about thinking; absent ones are not sent. */
export interface ThinkingFields {
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

export const isThinkingActive = ({ thinking }: ThinkingFields): boolean =>
  thinking !== undefined && thinking['type'] !== 'disabled';

/** Spells a setting that already fits the model. */
export function writeReasoning(reasoning: Reasoning | undefined, model: ModelInfo, maxTokens: number): ThinkingFields {
  const wanted = reasoning === undefined ? undefined : wantedOf(reasoning);
  if (wanted === undefined || (model.thinking === undefined && !model.userDefined)) return {};
  const fields = spell(wanted, model, maxTokens);
  const display = displayOf(reasoning?.summary, model);
  if (fields.thinking === undefined || display === undefined || !isThinkingActive(fields)) return fields;
  return { ...fields, thinking: { ...fields.thinking, display } };
}

type Wanted =
  | { readonly mode: 'off' | 'auto' }
  | { readonly mode: 'effort'; readonly effort: ReasoningEffort }
  | { readonly mode: 'budget'; readonly tokens: number };

function wantedOf({ mode, effort = 'medium', budgetTokens = -1 }: Reasoning): Wanted | undefined {
  switch (mode) {
    case 'off':
    case 'auto':
      return { mode };
    case 'effort':
      return { mode, effort };
    case 'budget':
      if (budgetTokens === 0) return { mode: 'off' };
      return budgetTokens < 0 ? { mode: 'auto' } : { mode, tokens: budgetTokens };
    default:
      return undefined;
  }
}

function spell(wanted: Wanted, model: ModelInfo, maxTokens: number): ThinkingFields {
  const { levels = [], max } = model.thinking ?? {};
  const isAdaptiveOnly = model.traits.has('adaptive-thinking-only');
  const takesLevels = levels.length > 0 || isAdaptiveOnly;
  const takesBudget = !isAdaptiveOnly && (levels.length === 0 || max !== undefined);
  switch (wanted.mode) {
    case 'off':
      return { thinking: { type: 'disabled' } };
    case 'auto':
      return { thinking: { type: takesLevels ? 'adaptive' : 'enabled' } };
    case 'effort':
      if (takesLevels) return { thinking: { type: 'adaptive' }, effort: wireEffort(wanted.effort, levels) };
      return spellBudget(Math.max(BUDGET_OF[wanted.effort], minBudget(model)), model, maxTokens);
    case 'budget':
      if (takesBudget) return spellBudget(wanted.tokens, model, maxTokens);
      return { thinking: { type: 'adaptive' }, effort: wireEffort(effortOfBudget(wanted.tokens), levels) };
  }
}

const minBudget = (model: ModelInfo): number => model.thinking?.min ?? (model.userDefined ? 1 : MIN_BUDGET);

/** A budget must leave room for an answer; when too little is left for any thinking, none is asked for. */
function spellBudget(tokens: number, model: ModelInfo, maxTokens: number): ThinkingFields {
  const budget = Math.min(tokens, maxTokens - 1);
  return budget < minBudget(model) ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

/** The vendor has no `minimal`; of a model without `xhigh`, the nearest it has. */
function wireEffort(effort: ReasoningEffort, levels: readonly ReasoningEffort[]): string {
  if (effort === 'minimal') return 'low';
  if (levels.length === 0 || levels.includes(effort)) return effort;
  if (effort === 'xhigh' || effort === 'max') {
    const above: readonly ReasoningEffort[] = effort === 'xhigh' ? ['max', 'high'] : ['xhigh', 'high'];
    return above.find((level) => levels.includes(level)) ?? 'high';
  }
  return effort;
}

/** Older models show their thinking unasked; only those with levels hide it by default. */
function displayOf(summary: Reasoning['summary'], { thinking, traits }: ModelInfo): string | undefined {
  if (summary === undefined) return undefined;
  if (summary === 'none') return 'omitted';
  const hidesByDefault = (thinking?.levels.length ?? 0) > 0 || traits.has('adaptive-thinking-only');
  return hidesByDefault ? 'summarized' : undefined;
}

/** Sampling settings that thinking refuses, by member: what they may be instead. */
const WITH_THINKING: readonly (readonly [string, (value: JsonValue) => boolean])[] = [
  ['temperature', (value) => value === 1],
  ['top_p', (value) => typeof value === 'number' && value >= 0.95],
  ['top_k', () => false],
];

/**
 * Writes thinking settings into a relayed body, keeping the caller's `display`, and takes out what the vendor refuses
 * beside them. A forced tool wins over thinking.
 */
export function editReasoning(body: WireBody, reasoning: Reasoning | undefined, model: ModelInfo): void {
  const choice = asString(asObject(body.get('tool_choice'))?.['type']);
  const isForced = choice === 'any' || choice === 'tool';
  const maxTokens = asNumber(body.get('max_tokens')) ?? defaultMaxTokens(model);
  const before = asObject(body.get('thinking'));
  const written = writeReasoning(reasoning, model, maxTokens);
  const fields = isForced && isThinkingActive(written) ? {} : written;
  const display = before?.['display'];
  const keepsDisplay = isThinkingActive(fields) && display !== undefined;
  setMember(body, 'thinking', keepsDisplay ? { ...fields.thinking, display } : fields.thinking);
  setMember(body, 'output_config', withEffort(asObject(body.get('output_config')), fields.effort));
  if (!isThinkingActive(fields)) return;
  for (const [member, isFine] of WITH_THINKING) {
    const value = body.get(member);
    if (value !== undefined && !isFine(value)) body.set(member, undefined);
  }
}

/** `output_config` with that effort; `undefined` when nothing is left in it. */
export function withEffort(config: JsonObject | undefined, effort: string | undefined): JsonObject | undefined {
  const rest = omit(config ?? {}, 'effort');
  if (effort !== undefined) return { ...rest, effort };
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function setMember(body: WireBody, key: string, value: JsonObject | undefined): void {
  if (value !== undefined || body.get(key) !== undefined) body.set(key, value);
}
