import { RequestFault } from '../ir/error.js';
import type { ModelInfo, ThinkingCapability } from '../ir/model.js';
import type { Reasoning, ReasoningEffort } from '../ir/request.js';
import { BUDGET_OF, EFFORTS, effortOfBudget, isEffort } from '../ir/thinking.js';

/** Where a level is missing, what comes closest in meaning across dialects. */
const PREFERRED: Readonly<Partial<Record<ReasoningEffort, readonly ReasoningEffort[]>>> = {
  xhigh: ['xhigh', 'max', 'high'],
  max: ['max', 'xhigh', 'high'],
};

export interface ModelName {
  /** The name without its thinking suffix. */
  readonly base: string;
  /** What the suffix asks for; absent when there is none, or one without effect. */
  readonly suffix?: Reasoning;
}

/** Parses `model(value)`: a level, `none`, `auto`, or a budget in tokens. */
export function parseModelName(name: string): ModelName {
  if (!name.endsWith(')')) return { base: name };
  const open = name.lastIndexOf('(');
  if (open <= 0) return { base: name };
  const base = name.slice(0, open);
  const suffix = parseSuffix(
    name
      .slice(open + 1, -1)
      .trim()
      .toLowerCase(),
  );
  return suffix === undefined ? { base } : { base, suffix };
}

function parseSuffix(value: string): Reasoning | undefined {
  if (value === 'none' || value === '0') return { mode: 'off' };
  if (value === 'auto' || value === '-1') return { mode: 'auto' };
  if (isEffort(value)) return { mode: 'effort', effort: value };
  return /^\d{1,9}$/.test(value) ? { mode: 'budget', budgetTokens: Number(value) } : undefined;
}

/**
 * Fits a thinking setting to what a model can do.
 * @param strict The client speaks the model's own dialect family and set it in the body: out of range is its mistake.
 * @returns `undefined` when the model cannot think or nothing was asked.
 * @throws RequestFault naming the valid levels or the range, in strict mode only.
 */
export function fitReasoning(
  asked: Reasoning | undefined,
  model: ModelInfo,
  { strict }: { readonly strict: boolean },
): Reasoning | undefined {
  if (asked?.mode === undefined) return model.thinking === undefined && !model.userDefined ? undefined : asked;
  if (asked.mode === 'budget' && (asked.budgetTokens ?? 0) < -1) {
    throw new RequestFault(`thinking budget ${asked.budgetTokens} is not valid`, 'thinking');
  }
  const capability = model.thinking;
  if (capability === undefined) return model.userDefined ? asked : undefined;
  const visible = asked.summary === undefined ? {} : { summary: asked.summary };
  switch (asked.mode) {
    case 'off':
      return capability.zeroAllowed ? { mode: 'off' } : { ...weakest(capability), ...visible };
    case 'auto':
      return { ...(capability.dynamicAllowed ? ({ mode: 'auto' } as const) : middle(capability)), ...visible };
    case 'effort':
      return { ...fitEffort(asked.effort ?? 'medium', capability, strict), ...visible };
    case 'budget':
      if (asked.budgetTokens === 0) return fitReasoning({ ...asked, mode: 'off' }, model, { strict });
      if (asked.budgetTokens === -1) return fitReasoning({ ...asked, mode: 'auto' }, model, { strict });
      return { ...fitBudget(asked.budgetTokens ?? 0, capability, strict), ...visible };
  }
}

const takesBudget = (capability: ThinkingCapability): boolean => capability.max !== undefined;

function weakest(capability: ThinkingCapability): Reasoning {
  const [first] = capability.levels;
  if (first !== undefined) return { mode: 'effort', effort: first };
  return { mode: 'budget', budgetTokens: capability.min ?? 1024 };
}

function middle(capability: ThinkingCapability): Reasoning {
  if (!takesBudget(capability)) return { mode: 'effort', effort: nearest('medium', capability.levels) };
  return { mode: 'budget', budgetTokens: Math.floor(((capability.min ?? 0) + (capability.max ?? 0)) / 2) };
}

function fitEffort(effort: ReasoningEffort, capability: ThinkingCapability, strict: boolean): Reasoning {
  if (capability.levels.length === 0) {
    const budget = Math.min(
      Math.max(capability.budgets?.[effort] ?? BUDGET_OF[effort], capability.min ?? 0),
      capability.max ?? Number.POSITIVE_INFINITY,
    );
    return { mode: 'budget', budgetTokens: budget };
  }
  if (capability.levels.includes(effort)) return { mode: 'effort', effort };
  if (strict) {
    throw new RequestFault(
      `level "${effort}" not supported, valid levels: ${capability.levels.join(', ')}`,
      'reasoning_effort',
      {
        code: 'unsupported_value',
      },
    );
  }
  return { mode: 'effort', effort: nearest(effort, capability.levels) };
}

function fitBudget(budgetTokens: number, capability: ThinkingCapability, strict: boolean): Reasoning {
  if (!takesBudget(capability))
    return { mode: 'effort', effort: nearest(effortOfBudget(budgetTokens), capability.levels) };
  const { min = 0, max = Number.POSITIVE_INFINITY } = capability;
  if (budgetTokens >= min && budgetTokens <= max) return { mode: 'budget', budgetTokens };
  if (strict) {
    throw new RequestFault(`thinking budget ${budgetTokens} is out of range, valid: ${min} to ${max}`, 'thinking', {
      code: 'unsupported_value',
    });
  }
  return { mode: 'budget', budgetTokens: Math.min(Math.max(budgetTokens, min), max) };
}

/** The closest level; a tie goes to the lower one. */
function nearest(effort: ReasoningEffort, levels: readonly ReasoningEffort[]): ReasoningEffort {
  const preferred = PREFERRED[effort]?.find((candidate) => levels.includes(candidate));
  if (preferred !== undefined) return preferred;
  const wanted = EFFORTS.indexOf(effort);
  const distance = (level: ReasoningEffort): number => Math.abs(EFFORTS.indexOf(level) - wanted);
  return levels.reduce((best, level) => (distance(level) < distance(best) ? level : best), levels[0] ?? effort);
}
