import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { ResponseFacts, StreamFacts, StreamTap } from '../dialect.js';
import { cutShort } from './decode-stream.js';
import { inBandFailure } from './errors.js';
import { decodeFinish } from './finish.js';
import { decodeUsage } from './usage.js';
import { listOf, objectOf, textOf } from './wire.js';

const FRAME_END = Buffer.from('\n\n');
/** `\r\n\r\n` without its first byte, so that both kinds of line end are searched for alike. */
const CRLF_FRAME_END = Buffer.from('\n\r\n');
const LONGEST_END = 3;
const LINE_FEED = 0x0a;
const EMPTY = Buffer.alloc(0);

/**
 * What stands only in frames with facts. Inside JSON text a quote is escaped, so none of it can be an answer's own words;
 * `[DONE]` can, which costs one look at that frame. One expression costs an eighth of as many searches.
 */
const MARKER = /"(?:finish_reason"\s*:\s*"|usage"\s*:\s*\{|error"|response\.failed"|message")|\[DONE\]|event:/;

/** Watches a relayed stream: most chunks cost a few searches, and only frames with facts are parsed. */
export function openTap(): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };
  let held: Buffer[] = [];
  let tail: Buffer = EMPTY;
  let hasCalls = false;

  const readChoices = (chunk: JsonObject): void => {
    for (const choice of listOf(chunk['choices'])) {
      const { delta, finish_reason: word } = objectOf(choice) ?? {};
      if (!facts.started && isObject(delta) && !isGreeting(delta)) facts.started = true;
      if (isObject(delta) && listOf(delta['tool_calls']).length > 0) hasCalls = true;
      const raw = textOf(word);
      if (raw === undefined) continue;
      facts.started = true;
      facts.finish = decodeFinish(raw, hasCalls || raw === 'tool_calls' || raw === 'function_call');
    }
  };

  const readFrame = (frame: string): void => {
    const { event, data } = parseFrame(frame);
    if (data === undefined) return;
    if (data === '[DONE]') {
      facts.started = true;
      facts.ended = true;
      return;
    }
    const chunk = parseJson(data);
    facts.failure ??= inBandFailure(event, chunk);
    if (!isObject(chunk)) return;
    readChoices(chunk);
    if (isObject(chunk['usage'])) facts.usage = decodeUsage(chunk['usage']);
  };

  const readFrames = (bytes: Buffer): void => {
    // Latin-1 is a plain copy.
    if (facts.started && !MARKER.test(bytes.toString('latin1'))) return;
    for (const frame of bytes.toString('utf8').split(/\r?\n\r?\n/)) {
      if (frame === '') continue;
      if (!facts.started || MARKER.test(frame)) readFrame(frame);
    }
  };

  return {
    facts,
    observe(chunk) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const end = lastFrameEnd(tail, bytes);
      if (end > 0) {
        const whole = end === bytes.length ? bytes : bytes.subarray(0, end);
        readFrames(held.length === 0 ? whole : Buffer.concat([...held, whole]));
        held = [];
      }
      if (end === bytes.length) {
        tail = EMPTY;
        return;
      }
      const rest = bytes.subarray(end);
      held.push(rest);
      tail =
        rest.length >= LONGEST_END
          ? rest.subarray(-LONGEST_END)
          : Buffer.concat([end > 0 ? EMPTY : tail, rest]).subarray(-LONGEST_END);
    },
    end() {
      if (held.length > 0) readFrames(Buffer.concat(held));
      held = [];
      if (facts.ended || facts.failure !== undefined) return;
      // Some servers leave `[DONE]` out: a finish is an end too.
      if (facts.finish !== undefined) facts.ended = true;
      else facts.failure = cutShort('upstream stream closed before its end');
    },
  };
}

/** The offset in `bytes` behind the last frame that ends there; a frame's end may have begun in the chunk before. */
function lastFrameEnd(tail: Buffer, bytes: Buffer): number {
  // The usual chunk: it ends where a frame does.
  if (bytes[bytes.length - 1] === LINE_FEED && bytes[bytes.length - 2] === LINE_FEED) return bytes.length;
  const plain = bytes.lastIndexOf(FRAME_END);
  const crlf = bytes.lastIndexOf(CRLF_FRAME_END);
  const inside = Math.max(plain === -1 ? 0 : plain + FRAME_END.length, crlf === -1 ? 0 : crlf + CRLF_FRAME_END.length);
  if (inside > 0 || tail.length === 0) return inside;
  const bridge = Buffer.concat([tail, bytes.subarray(0, LONGEST_END - 1)]);
  const across = Math.max(endOf(bridge, FRAME_END, tail.length), endOf(bridge, CRLF_FRAME_END, tail.length));
  return Math.max(0, across - tail.length);
}

function endOf(bridge: Buffer, mark: Buffer, before: number): number {
  const at = bridge.lastIndexOf(mark);
  return at === -1 || at + mark.length <= before ? 0 : at + mark.length;
}

function parseFrame(frame: string): { readonly event: string | undefined; readonly data: string | undefined } {
  let event: string | undefined;
  const data: string[] = [];
  for (const line of frame.split(/\r?\n/)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    else if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (data.length === 0 && line.startsWith('{')) data.push(line);
  }
  return { event, data: data.length === 0 ? undefined : data.join('\n') };
}

/** A first chunk says no more than whose turn it is. */
function isGreeting(delta: JsonObject): boolean {
  return Object.entries(delta).every(
    ([key, value]) => key === 'role' || value === null || value === '' || (Array.isArray(value) && value.length === 0),
  );
}

/** Usage and finish of a whole answer. */
export function tapResponse(body: Uint8Array): ResponseFacts {
  const answer = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  if (!isObject(answer)) return {};
  const choice = objectOf(listOf(answer['choices'])[0]);
  const message = objectOf(choice?.['message']);
  const word = textOf(choice?.['finish_reason']);
  const usage = objectOf(answer['usage']);
  const hasCalls = listOf(message?.['tool_calls']).length > 0 || isObject(message?.['function_call']);
  return {
    ...(usage === undefined ? {} : { usage: decodeUsage(usage) }),
    ...(word === undefined ? {} : { finish: decodeFinish(word, hasCalls) }),
  };
}
