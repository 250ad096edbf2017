import type { KeptMembers } from '../../ir/lost.js';

/** A cache mark stands in `cache` as well, in both spellings; whoever cannot print it says so. */
const CACHE_MARKS = ['tools[].', 'messages[].', 'messages[].content[].'].flatMap((place) => [
  `${place}cache_control`,
  `${place}prompt_cache_breakpoint`,
]);

/** What this dialect's decoder leaves among the wire members although others get it too. */
export const KEPT: KeptMembers = {
  mapped: new Set([
    ...CACHE_MARKS,
    'reasoning_effort',
    'reasoning',
    // The answer's encoder keeps to it.
    'stream_options',
    // Superseded by max_completion_tokens, where both stand.
    'max_tokens',
    // The parts read from these are marked `$derived`.
    'messages[].reasoning_content',
    'messages[].reasoning',
    'messages[].reasoning_text',
    'messages[].reasoning_details',
    'messages[].reasoning_opaque',
    'messages[].thinking',
    'messages[].refusal',
    'messages[].images',
    'messages[].function_call',
    // Clients send back the position that a stream named.
    'messages[].content[].index',
  ]),
  names: {
    'sampling.maxOutputTokens': 'max_completion_tokens',
    'sampling.temperature': 'temperature',
    'sampling.topP': 'top_p',
    'sampling.topK': 'top_k',
    'sampling.seed': 'seed',
    'sampling.stop': 'stop',
    'sampling.frequencyPenalty': 'frequency_penalty',
    'sampling.presencePenalty': 'presence_penalty',
    'sampling.candidates': 'n',
    'sampling.logprobs': 'logprobs',
    'sampling.topLogprobs': 'top_logprobs',
    cacheKey: 'prompt_cache_key',
    userId: 'user',
    serviceTier: 'service_tier',
    'output.name': 'response_format.json_schema.name',
    'output.description': 'response_format.json_schema.description',
    'output.strict': 'response_format.json_schema.strict',
    output: 'response_format',
    reasoning: 'reasoning_effort',
  },
};
