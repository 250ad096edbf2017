import type { Finish } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import { asString } from './wire.js';

const REASON_OF: Readonly<Record<string, Finish['reason']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
  sensitive: 'content-filter',
};

/** Reads `stop_reason` and `stop_sequence`; `undefined` while there is none. */
export function readFinish(fields: JsonObject): Finish | undefined {
  const raw = asString(fields['stop_reason']);
  if (raw === undefined) return undefined;
  const stopSequence = asString(fields['stop_sequence']);
  return {
    reason: Object.hasOwn(REASON_OF, raw) ? (REASON_OF[raw] ?? 'other') : 'other',
    raw,
    ...(stopSequence === undefined ? {} : { stopSequence }),
  };
}

export interface PrintedFinish {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
}

/** A tool call in the answer beats a plain stop, and `tool-calls` without any call is a plain stop. */
export function printFinish(
  finish: Finish,
  seen: { readonly call: boolean; readonly refusal: boolean },
): PrintedFinish {
  const { reason, raw, stopSequence } = finish;
  const plain = (stop_reason: string): PrintedFinish => ({ stop_reason, stop_sequence: null });
  switch (reason) {
    case 'stop':
    case 'tool-calls':
    case 'error':
    case 'other':
      if (seen.call) return plain('tool_use');
      if (seen.refusal) return plain('refusal');
      return stopSequence === undefined
        ? plain('end_turn')
        : { stop_reason: 'stop_sequence', stop_sequence: stopSequence };
    case 'length':
      return plain(raw === 'model_context_window_exceeded' ? raw : 'max_tokens');
    case 'pause':
      return plain('pause_turn');
    case 'content-filter':
    case 'refusal':
      return plain('refusal');
  }
}
