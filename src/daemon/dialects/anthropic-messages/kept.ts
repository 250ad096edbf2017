import type { KeptMembers } from '../../ir/lost.js';

/** Nothing that this dialect's decoder leaves among the wire members reaches others. */
export const KEPT: KeptMembers = {
  mapped: new Set(),
  names: {
    'sampling.maxOutputTokens': 'max_tokens',
    'sampling.temperature': 'temperature',
    'sampling.topP': 'top_p',
    'sampling.topK': 'top_k',
    'sampling.stop': 'stop_sequences',
    userId: 'metadata.user_id',
    serviceTier: 'service_tier',
    output: 'output_config.format',
    reasoning: 'thinking',
    parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
  },
};
