/** What a Claude model takes, told from its name; a name that is no Claude's is taken for a current model. */
export interface ModelRules {
  readonly takesSampling: boolean;
  readonly takesBudget: boolean;
  readonly takesAdaptive: boolean;
  readonly takesPrefill: boolean;
  readonly takesSystemMessages: boolean;
  readonly takesStructure: boolean;
}

const LEVELS_ONLY = /claude-(opus-4-[78]|(opus|sonnet)-5)/;
const WITH_LEVELS = /claude-(opus-4-[678]|sonnet-4-6|(opus|sonnet|fable)-5)/;
const NO_SAMPLING = /claude-(opus-4-[78]|(opus|sonnet|fable)-5)/;
const WITHOUT_STRUCTURE = /claude-(3|opus-4-2|sonnet-4-2|opus-4$|sonnet-4$)/;

export function rulesOf(model: string): ModelRules {
  const isClaude = model.startsWith('claude-');
  return {
    takesSampling: !NO_SAMPLING.test(model),
    takesBudget: !LEVELS_ONLY.test(model),
    takesAdaptive: !isClaude || WITH_LEVELS.test(model),
    takesPrefill: !WITH_LEVELS.test(model),
    takesSystemMessages: /claude-(opus|sonnet)-5/.test(model),
    takesStructure: !WITHOUT_STRUCTURE.test(model),
  };
}
