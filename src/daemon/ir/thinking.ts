import type { ReasoningEffort } from './request.js';

/** Levels of thinking, the least first. */
export const EFFORTS: readonly ReasoningEffort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** The budget in tokens that a level stands for, where a model takes budgets only. */
export const BUDGET_OF: Readonly<Record<ReasoningEffort, number>> = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 128_000,
};

/** The level that a budget above 0 stands for; none leads to `max`. */
export const effortOfBudget = (budgetTokens: number): ReasoningEffort =>
  EFFORTS.slice(0, 4).find((effort) => budgetTokens <= BUDGET_OF[effort]) ?? 'xhigh';

export const isEffort = (value: unknown): value is ReasoningEffort => EFFORTS.some((effort) => effort === value);
