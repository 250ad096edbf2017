import { frameEnd, openWholeFrames } from '../../framing/whole-frames.js';
import { isObject, parseJson } from '../../ir/json.js';
import type { ResponseFacts, StreamFacts, StreamTap } from '../dialect.js';
import { cutStream, type DecodeError, isDraft, isFailure, isFinished } from './decode-answer.js';
import { decodeUsage } from './usage.js';

const PICTURE = /\.(partial_image|completed)"?\s*[,}\n]/;

/** The name of an event stands at its beginning, before megabytes of picture. */
const HEAD_BYTES = 512;

/** Watches a relayed stream: which events are pictures, and what the last one says of usage. */
export function openTap(decodeError: DecodeError): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };
  let hasFinished = false;

  const readFrame = (frame: Buffer): void => {
    const head = frame.toString('utf8', 0, HEAD_BYTES);
    if (facts.failure !== undefined) return;
    const isPicture = PICTURE.test(`${head}\n`);
    if (isPicture) facts.started = true;
    if (isPicture && head.includes('.partial_image')) return;
    const text = dataOf(frame.toString('utf8'));
    const event = parseJson(text);
    if (!isObject(event)) return;
    const type = typeof event['type'] === 'string' ? event['type'] : (/^event: ?(.+)$/m.exec(head)?.[1]?.trim() ?? '');
    if (isFailure(type, event)) {
      facts.failure = decodeError(502, text);
      return;
    }
    facts.started ||= isDraft(type);
    if (!isFinished(type, event)) return;
    facts.started = true;
    hasFinished = true;
    facts.finish = { reason: 'stop' };
    facts.usage = decodeUsage(event['usage']) ?? facts.usage;
  };
  const frames = openWholeFrames((whole) => {
    for (let at = 0; at < whole.length; ) {
      const end = frameEnd(whole, at);
      readFrame(whole.subarray(at, end));
      at = end;
    }
  });
  return {
    facts,
    observe: frames.push,
    end() {
      frames.end();
      facts.ended = hasFinished;
      if (!hasFinished && facts.failure === undefined) facts.failure = cutStream();
    },
  };
}

const dataOf = (frame: string): string =>
  frame
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5))
    .join('\n');

/** Usage of a whole answer. */
export function tapResponse(body: Uint8Array): ResponseFacts {
  const answer = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  const usage = isObject(answer) ? decodeUsage(answer['usage']) : undefined;
  return { finish: { reason: 'stop' }, ...(usage === undefined ? {} : { usage }) };
}
