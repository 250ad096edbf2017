import { frameAround, frameEnd, openWholeFrames } from '../../framing/whole-frames.js';
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
export function openTap(): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };

  const look = (frames: Buffer): void => {
    let at = 0;
    while (!facts.started && at < frames.length) {
      const end = frameEnd(frames, at);
      readFrame(frames.toString('utf8', at, end), facts);
      at = end;
    }
    for (let hit = firstMarker(frames, at); hit !== -1; hit = firstMarker(frames, at)) {
      const frame = frameAround(frames, hit);
      readFrame(frame.toString('utf8'), facts);
      at = frame.byteOffset - frames.byteOffset + frame.length;
    }
  };
  const frames = openWholeFrames(look);
  return {
    facts,
    observe: frames.push,
    end() {
      frames.end();
      if (!facts.ended && facts.failure === undefined) facts.failure = cutStream();
    },
  };
}

function firstMarker(frames: Buffer, from: number): number {
  let first = -1;
  for (const marker of MARKERS) {
    const at = frames.indexOf(marker, from);
    if (at !== -1 && (first === -1 || at < first)) first = at;
  }
  return first;
}

const GREETING = /^(response\.(created|in_progress|queued)$|codex\.)/;

/** In the greeting the id stands before what the request said, which may be long. */
const RESPONSE_ID = /"response":\s*\{\s*"id":\s*"([^"\\]{1,128})"/;

function readFrame(frame: string, facts: StreamFacts): void {
  const name = /^event: ?(.+)$/m.exec(frame)?.[1]?.trim();
  if (name !== undefined && GREETING.test(name)) {
    facts.id ??= RESPONSE_ID.exec(frame)?.[1];
    return;
  }
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
  const { id } = response;
  if (typeof id === 'string') facts.id = id;
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
  const { id } = response;
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(usage === undefined ? {} : { usage }),
    finish: decodeFinish(response, hasCalls(response)),
  };
}
