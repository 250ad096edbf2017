import { type Answer, deltasOf } from './compose.js';
import type { Frame, Outcome } from './vendor.js';

export const replyWith = (body: unknown): Outcome => ({ type: 'reply', reply: { status: 200, body } });

/** The whole answer at once, after the time that streaming it would have taken. */
export function wholeAnswer(answer: Answer, body: unknown, headers: Readonly<Record<string, string>> = {}): Outcome {
  const delayMs = (answer.deltaMs ?? 0) * deltasOf(answer.text).length;
  return { type: 'reply', reply: { status: 200, headers, body }, ...(delayMs === 0 ? {} : { delayMs }) };
}

export const streamedAnswer = (
  answer: Answer,
  frames: Iterable<Frame>,
  headers: Readonly<Record<string, string>> = {},
): Outcome => ({
  type: 'stream',
  headers,
  frames,
  ...(answer.deltaMs === undefined ? {} : { deltaMs: answer.deltaMs }),
});
