import type { KeptMembers } from '../../ir/lost.js';

const PART = 'messages[].content[].';

/** A cache mark stands in `cache` as well, in both spellings; whoever cannot print it says so. */
const CACHE_MARKS = ['tools[].', 'messages[].', PART].flatMap((place) => [
  `${place}cache_control`,
  `${place}prompt_cache_breakpoint`,
]);

/** What this dialect's decoder leaves among the wire members although others get it too. */
export const KEPT: KeptMembers = {
  mapped: new Set([
    ...CACHE_MARKS,
    // The answer's encoder gives encrypted reasoning always; log probabilities are asked for in `sampling`.
    'include',
    'stream_options',
    // Names and states of items, which mean something to their own server only.
    'messages[].id',
    'messages[].status',
    `${PART}id`,
    `${PART}status`,
    `${PART}annotations`,
    // A search: its queries and sources.
    `${PART}action`,
    // Reasoning: its text.
    `${PART}summary`,
    `${PART}content`,
  ]),
  groups: { $text: 'text', $reasoning: 'reasoning' },
  names: {
    'sampling.maxOutputTokens': 'max_output_tokens',
    'sampling.temperature': 'temperature',
    'sampling.topP': 'top_p',
    'sampling.logprobs': 'include',
    'sampling.topLogprobs': 'top_logprobs',
    cacheKey: 'prompt_cache_key',
    userId: 'user',
    serviceTier: 'service_tier',
    output: 'text.format',
    messages: 'input',
  },
};
