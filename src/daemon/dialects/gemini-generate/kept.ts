import type { KeptMembers } from '../../ir/lost.js';

/** What this dialect's decoder leaves among the wire members although others get it too. */
export const KEPT: KeptMembers = {
  mapped: new Set(),
  groups: { $generationConfig: 'generationConfig' },
  names: {
    sampling: 'generationConfig',
    'sampling.stop': 'generationConfig.stopSequences',
    'sampling.candidates': 'generationConfig.candidateCount',
    'sampling.logprobs': 'generationConfig.responseLogprobs',
    'sampling.topLogprobs': 'generationConfig.logprobs',
    output: 'generationConfig.responseJsonSchema',
    reasoning: 'generationConfig.thinkingConfig',
    messages: 'contents',
    tool_choice: 'toolConfig.functionCallingConfig',
  },
};
