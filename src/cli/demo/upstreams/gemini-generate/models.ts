/** What a Gemini model takes, told from its name. */
export interface ModelRules {
  /** Thought signatures are required, and tools and JSON go together. */
  readonly isThree: boolean;
  readonly thinks: boolean;
  /** The smallest and largest budget; undefined where there is none to check. */
  readonly budget: { readonly min: number; readonly max: number; readonly isOffAllowed: boolean } | undefined;
  readonly takesLevel: boolean;
}

export function rulesOf(model: string): ModelRules {
  const isThree = /gemini-[3-9]/.test(model);
  const budget = budgetOf(model);
  return {
    isThree,
    thinks: isThree || budget !== undefined || !model.startsWith('gemini-'),
    budget,
    takesLevel: isThree || !model.startsWith('gemini-'),
  };
}

function budgetOf(model: string): ModelRules['budget'] {
  if (/2\.5-flash-image/.test(model)) return undefined;
  if (/2\.5-pro/.test(model)) return { min: 128, max: 32_768, isOffAllowed: false };
  if (/2\.5-flash-lite/.test(model)) return { min: 512, max: 24_576, isOffAllowed: true };
  if (/2\.5-flash/.test(model)) return { min: 1, max: 24_576, isOffAllowed: true };
  return undefined;
}
