import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { ResponseFacts, StreamFacts, StreamTap } from '../dialect.js';
import { readErrorObject } from './errors.js';
import { readFinish } from './finish.js';
import { mergeRaw, readUsage } from './usage.js';
import { asObject } from './wire.js';

const LF = 10;
const CR = 13;
const FRAME_END = Buffer.from('\n\n');
const CRLF_FRAME_END = Buffer.from('\r\n\r\n');
/** What frames with facts hold: `message_start`, `message_delta`, `message_stop`. In texts it may stand as well. */
const MESSAGE = Buffer.from('message_');
/** Inside a JSON string its quotes would be escaped, so this is never text. */
const ERROR = Buffer.from('"error"');

/** Watches a relayed Messages stream; only the few frames with facts are parsed. */
export function openTap(): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };
  let raw: JsonObject = {};
  /** The unfinished last frame, in the pieces it came in: joined once, when its end is there. */
  let pieces: Buffer[] = [];

  const frame = (bytes: Buffer): void => {
    const data = parseFrame(bytes);
    if (data === undefined) return;
    switch (data['type']) {
      case 'ping':
        return;
      case 'message_start':
        return addUsage(asObject(data['message'])?.['usage']);
      case 'message_delta': {
        facts.started = true;
        facts.finish = readFinish(asObject(data['delta']) ?? {}) ?? facts.finish;
        return addUsage(data['usage']);
      }
      case 'message_stop':
        facts.started = true;
        facts.ended = true;
        return;
      case 'error':
        facts.failure ??= readErrorObject(data, JSON.stringify(data));
        return;
      default:
        facts.started = true;
    }
  };
  const addUsage = (usage: JsonObject[string]): void => {
    if (!isObject(usage)) return;
    raw = mergeRaw(raw, usage);
    facts.usage = readUsage(raw);
  };
  /** Whole frames. Until something has passed each one counts; after that, only those with a marker. */
  const scan = (bytes: Buffer): void => {
    let at = 0;
    while (!facts.started && at < bytes.length) {
      const end = frameEnd(bytes, at);
      frame(bytes.subarray(at, end));
      at = end;
    }
    while (at < bytes.length) {
      const hit = firstHit(bytes, at);
      if (hit === -1) return;
      const end = frameEnd(bytes, hit);
      frame(bytes.subarray(Math.max(at, frameStart(bytes, hit)), end));
      at = end;
    }
  };

  return {
    facts,
    observe(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (pieces.length > 0) {
        if (!mayEndFrame(pieces, bytes)) {
          pieces.push(Buffer.from(bytes));
          return;
        }
        const joined = Buffer.concat([...pieces, bytes]);
        pieces = [];
        return takeWhole(joined);
      }
      takeWhole(bytes);
    },
    end() {
      if (pieces.length > 0) scan(Buffer.concat(pieces));
      pieces = [];
      if (facts.ended || facts.failure !== undefined) return;
      facts.failure = protocol('the upstream stream ended without message_stop');
    },
  };

  function takeWhole(bytes: Buffer): void {
    const end = lastFrameEnd(bytes);
    if (end > 0) scan(end === bytes.length ? bytes : bytes.subarray(0, end));
    // The chunk's memory belongs to the network layer, so what stays is copied.
    if (end < bytes.length) pieces = [Buffer.from(bytes.subarray(end))];
  }
}

const protocol = (message: string): FailureFacts => ({ reason: 'protocol', message });

function firstHit(bytes: Buffer, from: number): number {
  const message = bytes.indexOf(MESSAGE, from);
  const error = bytes.indexOf(ERROR, from);
  if (message === -1 || error === -1) return Math.max(message, error);
  return Math.min(message, error);
}

function lastFrameEnd(bytes: Buffer): number {
  const plain = bytes.lastIndexOf(FRAME_END);
  const crlf = bytes.lastIndexOf(CRLF_FRAME_END);
  return Math.max(plain === -1 ? 0 : plain + 2, crlf === -1 ? 0 : crlf + 4);
}

function frameEnd(bytes: Buffer, from: number): number {
  const plain = bytes.indexOf(FRAME_END, from);
  const crlf = bytes.indexOf(CRLF_FRAME_END, from);
  const ends = [plain === -1 ? bytes.length : plain + 2, crlf === -1 ? bytes.length : crlf + 4];
  return Math.min(...ends);
}

function frameStart(bytes: Buffer, before: number): number {
  const plain = bytes.lastIndexOf(FRAME_END, before);
  const crlf = bytes.lastIndexOf(CRLF_FRAME_END, before);
  return Math.max(plain === -1 ? 0 : plain + 2, crlf === -1 ? 0 : crlf + 4);
}

/** Whether the blank line that ends a frame can be in this chunk, or across its border. */
function mayEndFrame(pieces: readonly Buffer[], chunk: Buffer): boolean {
  if (chunk.includes(FRAME_END) || chunk.includes(CRLF_FRAME_END)) return true;
  const last = pieces.at(-1)?.at(-1);
  const [first] = chunk;
  return (last === LF || last === CR) && (first === LF || first === CR);
}

function parseFrame(bytes: Buffer): JsonObject | undefined {
  const lines = bytes.toString('utf8').split(/\r?\n/);
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5));
  // Some upstreams send an error as a bare JSON line.
  const parsed = parseJson(data.length === 0 ? lines.join('') : data.join('\n'));
  return isObject(parsed) ? parsed : undefined;
}

/** Usage and finish of a whole relayed Message. */
export function tapResponse(bytes: Uint8Array): ResponseFacts {
  const body = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  if (!isObject(body)) return {};
  const usage = asObject(body['usage']);
  const finish = readFinish(body);
  return {
    ...(usage === undefined ? {} : { usage: readUsage(usage) }),
    ...(finish === undefined ? {} : { finish }),
  };
}
