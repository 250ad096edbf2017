import type { Finish } from '../../ir/event.js';

const REASONS: Readonly<Record<string, Finish['reason']>> = {
  STOP: 'stop',
  FINISH_REASON_UNSPECIFIED: 'stop',
  OTHER: 'stop',
  LANGUAGE: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  // The call the model tried is lost; there is nothing for the client to run.
  MALFORMED_FUNCTION_CALL: 'stop',
  UNEXPECTED_TOOL_CALL: 'stop',
  TOO_MANY_TOOL_CALLS: 'stop',
  NO_IMAGE: 'stop',
  IMAGE_OTHER: 'stop',
};

/** Google has no word for a turn that ends with calls: it says STOP. */
export function readFinish(word: string, hasCall: boolean): Finish {
  const reason = Object.hasOwn(REASONS, word) ? (REASONS[word] ?? 'other') : 'other';
  return { reason: reason === 'stop' && hasCall ? 'tool-calls' : reason, raw: word };
}

/** A prompt that was refused: there is no candidate, only the reason. */
export const blockedFinish = (blockReason: string): Finish => ({ reason: 'content-filter', raw: blockReason });

const WORDS = {
  stop: 'STOP',
  'tool-calls': 'STOP',
  pause: 'STOP',
  length: 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  refusal: 'SAFETY',
  error: 'OTHER',
  other: 'OTHER',
} as const satisfies Record<Finish['reason'], string>;

/** Google's word; its own if the upstream already used one. */
export const printFinish = ({ reason, raw }: Finish): string =>
  raw !== undefined && Object.hasOwn(REASONS, raw) ? raw : WORDS[reason];
