import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { ResponseFacts, StreamFacts, StreamTap } from '../dialect.js';
import { cutStream } from './decode-stream.js';
import { decodeEventError } from './errors.js';
import { decodeFinish } from './finish.js';
import { decodeUsage } from './usage.js';
import { isArray } from './wire.js';

/**
 * What a frame with facts contains. A model may write these words too (within a string its quotes are escaped, but a
 * string may end with them), so they only choose the frames that are parsed.
 */
const MARKERS = [
  'response.completed"',
  'response.incomplete"',
  'response.failed"',
  'response.done"',
  ':"error"',
  ': "error"',
  '{"error":',
].map((marker) => Buffer.from(marker));
const FRAME_END = Buffer.from('\n\n');
const CRLF_FRAME_END = Buffer.from('\r\n\r\n');
const LINE_FEED = 0x0a;
/** An unfinished frame beyond this is passed on without being looked at; a terminal event with images has some MB. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** The longest frame end is four bytes, so a cut one has at most three behind it. */
const BORDER = 3;

export function openTap(): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isSkipping = false;

  const look = (frames: Buffer): void => {
    if (facts.started && !MARKERS.some((marker) => frames.includes(marker))) return;
    for (const frame of frames.toString('utf8').split(/\r?\n\r?\n/)) readFrame(frame, facts);
  };
  const hold = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    heldBytes += bytes.length;
    if (heldBytes > MAX_HELD_BYTES) isSkipping = true;
    if (isSkipping) held = [bytes.subarray(Math.max(0, bytes.length - BORDER))];
    else held.push(bytes);
  };
  const release = (): Buffer[] => {
    const pieces = isSkipping ? [] : held;
    held = [];
    heldBytes = 0;
    isSkipping = false;
    return pieces;
  };

  return {
    facts,
    observe(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const end = endOfFrames(bytes, held);
      if (end === -1) return hold(bytes);
      const complete = bytes.subarray(0, end);
      const before = release();
      look(before.length === 0 ? complete : Buffer.concat([...before, complete]));
      hold(bytes.subarray(end));
    },
    end() {
      look(Buffer.concat(release()));
      if (!facts.ended && facts.failure === undefined) facts.failure = cutStream();
    },
  };
}

/** Offset behind the last frame end, which may have begun in the bytes held from before; -1 when there is none. */
function endOfFrames(bytes: Buffer, held: readonly Buffer[]): number {
  const plain = bytes.lastIndexOf(FRAME_END);
  const crlf = bytes.lastIndexOf(CRLF_FRAME_END);
  const end = Math.max(plain === -1 ? -1 : plain + 2, crlf === -1 ? -1 : crlf + 4);
  if (end !== -1 || held.length === 0 || bytes.subarray(0, BORDER).indexOf(LINE_FEED) === -1) return end;
  const tail = lastBytes(held);
  const border = Buffer.concat([tail, bytes.subarray(0, BORDER)]);
  const found = Math.max(
    border.includes(FRAME_END) ? border.lastIndexOf(FRAME_END) + 2 : -1,
    border.includes(CRLF_FRAME_END) ? border.lastIndexOf(CRLF_FRAME_END) + 4 : -1,
  );
  return found > tail.length ? found - tail.length : -1;
}

function lastBytes(held: readonly Buffer[]): Buffer {
  let tail = Buffer.alloc(0);
  for (let index = held.length - 1; index >= 0 && tail.length < BORDER; index--) {
    const piece = held[index] ?? tail;
    tail = Buffer.concat([piece.subarray(Math.max(0, piece.length - BORDER)), tail]);
  }
  return tail.subarray(Math.max(0, tail.length - BORDER));
}

const GREETING = /^(response\.(created|in_progress|queued)$|codex\.)/;

function readFrame(frame: string, facts: StreamFacts): void {
  const name = /^event: ?(.+)$/m.exec(frame)?.[1]?.trim();
  if (name !== undefined && GREETING.test(name)) return;
  // Where the name of the event tells that it has no facts, its data need not be parsed.
  if (name !== undefined && !mayHaveFacts(name)) {
    facts.started ||= name.startsWith('response.');
    return;
  }
  const event = parseJson(dataOf(frame));
  if (isObject(event)) readEvent(event, typeof event['type'] === 'string' ? event['type'] : name, facts);
}

const mayHaveFacts = (name: string): boolean =>
  name === 'error' || name === 'message' || /^response\.(completed|incomplete|failed|done)$/.test(name);

function dataOf(frame: string): string {
  const lines = frame.split(/\r?\n/);
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5));
  return data.length > 0 ? data.join('\n') : (lines.find((line) => line.startsWith('{')) ?? '');
}

function readEvent(event: JsonObject, type: string | undefined, facts: StreamFacts): void {
  if (facts.ended || (type !== undefined && GREETING.test(type))) return;
  const response = isObject(event['response']) ? event['response'] : {};
  switch (type) {
    case 'response.completed':
    case 'response.incomplete':
    case 'response.done':
      facts.started = true;
      facts.ended = true;
      facts.usage = decodeUsage(response['usage']) ?? facts.usage;
      facts.finish = decodeFinish(
        { status: type === 'response.incomplete' ? 'incomplete' : 'completed', ...response },
        hasCalls(response),
      );
      return;
    case 'response.failed':
    case 'error':
      facts.ended = true;
      facts.usage = decodeUsage(response['usage']) ?? facts.usage;
      facts.failure = decodeEventError(event);
      return;
    default:
      if (type === undefined && isObject(event['error'])) {
        facts.ended = true;
        facts.failure = decodeEventError(event);
        return;
      }
      facts.started ||= type?.startsWith('response.') === true;
  }
}

const hasCalls = ({ output }: JsonObject): boolean =>
  isArray(output) &&
  output.some((item) => isObject(item) && (item['type'] === 'function_call' || item['type'] === 'custom_tool_call'));

/** Usage and finish of a whole answer. */
export function tapResponse(body: Uint8Array): ResponseFacts {
  const response = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  if (!isObject(response)) return {};
  const usage = decodeUsage(response['usage']);
  return { ...(usage === undefined ? {} : { usage }), finish: decodeFinish(response, hasCalls(response)) };
}
