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
};
