import type { Finish } from '../../ir/event.js';

const REASONS: Readonly<Record<string, Finish['reason']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  content_filtered: 'content-filter',
  pause_turn: 'pause',
  refusal: 'refusal',
};

export interface Ending {
  /** The vendor's word, in whatever spelling; absent: it said none. */
  readonly word: string | undefined;
  readonly isFull: boolean;
  readonly seen: {
    readonly text: boolean;
    readonly thinking: boolean;
    readonly call: boolean;
    readonly cutCall: boolean;
  };
}

/** How an answer ended. A call that came through is what counts: agents that wait for one stall, and those with one go on. */
export function readFinish({ word, isFull, seen }: Ending): Finish {
  if (seen.cutCall) return { reason: 'length', raw: 'max_tokens' };
  const raw = word?.toLowerCase();
  const told = raw !== undefined && Object.hasOwn(REASONS, raw) ? REASONS[raw] : undefined;
  if (isFull && (told === undefined || told === 'stop')) {
    return { reason: 'length', raw: 'model_context_window_exceeded' };
  }
  if (told !== undefined && raw !== undefined && told !== 'stop' && told !== 'tool-calls') return { reason: told, raw };
  if (seen.call) return { reason: 'tool-calls', raw: 'tool_use' };
  // Nothing but thinking: the room went out before the answer.
  if (seen.thinking && !seen.text) return { reason: 'length', raw: 'max_tokens' };
  return { reason: 'stop', raw: 'end_turn' };
}
