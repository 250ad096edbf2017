import type { Finish } from '../../ir/event.js';

/** Chat's own words, and those that compatible servers use in their place. */
const REASONS: Readonly<Record<string, Finish['reason']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  eos: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  complete: 'stop',
  max_tokens: 'length',
  max_output_tokens: 'length',
  tool_use: 'tool-calls',
  safety: 'content-filter',
  refusal: 'content-filter',
};

/** @param hasCalls Whether the answer holds tool calls: they beat `stop`, and `tool_calls` without any is a stop. */
export function decodeFinish(raw: string, hasCalls: boolean): Finish {
  const word = raw.toLowerCase();
  const reason = Object.hasOwn(REASONS, word) ? (REASONS[word] ?? 'other') : 'other';
  return { reason: settle(reason, hasCalls), raw };
}

function settle(reason: Finish['reason'], hasCalls: boolean): Finish['reason'] {
  if (reason === 'tool-calls' && !hasCalls) return 'stop';
  return hasCalls && (reason === 'stop' || reason === 'other') ? 'tool-calls' : reason;
}

const WORDS: Readonly<Record<Finish['reason'], string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  error: 'stop',
  other: 'stop',
};

export const encodeFinish = (reason: Finish['reason'], hasCalls: boolean): string => WORDS[settle(reason, hasCalls)];
