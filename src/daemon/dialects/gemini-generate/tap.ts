import { isObject, parseJson } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';
import type { StreamFacts, StreamTap } from '../dialect.js';
import { decodeError } from './errors.js';
import { readTapFacts } from './tap-facts.js';

const BREAK = Buffer.from('\n\n');
const CRLF_BREAK = Buffer.from('\r\n\r\n');
const USAGE = Buffer.from('"usageMetadata"');
const FINISH = Buffer.from('"finishReason"');
const FEEDBACK = Buffer.from('"promptFeedback"');
const ERROR = Buffer.from('"error"');
const DATA = Buffer.from('data:');
const CALL = Buffer.from('"functionCall"');

/**
 * Watches a relayed stream. Google repeats the usage in every chunk: the last one is kept as bytes, and read only when
 * somebody asks. Text cannot fake a marker, because JSON escapes its quotes.
 */
export function openTap(): StreamTap {
  let held: Buffer[] = [];
  let usageFrame: Buffer | undefined;
  let usage: Usage | undefined;
  let hasCall = false;

  const facts: StreamFacts = {
    started: false,
    ended: false,
    get usage() {
      if (usageFrame !== undefined) usage = readTapFacts(dataOf(usageFrame)).usage ?? usage;
      usageFrame = undefined;
      return usage;
    },
    set usage(value) {
      usageFrame = undefined;
      usage = value;
    },
  };

  const examine = (frames: Buffer): void => {
    const hadFailed = facts.failure !== undefined;
    const errorAt = frames.includes(ERROR) ? readErrorFrames(frames, facts) : -1;
    if (!facts.started && !hadFailed) {
      const dataAt = frames.indexOf(DATA);
      facts.started = dataAt !== -1 && (errorAt === -1 || dataAt < errorAt);
    }
    hasCall ||= frames.includes(CALL);
    const lastUsage = frames.lastIndexOf(USAGE);
    if (lastUsage !== -1) usageFrame = frameAround(frames, lastUsage);
    for (const marker of [FINISH, FEEDBACK]) {
      if (frames.includes(marker)) for (const frame of framesWith(frames, marker)) readFinishFrame(frame);
    }
  };
  const readFinishFrame = (frame: Buffer): void => {
    const { finish } = readTapFacts(dataOf(frame), hasCall);
    if (finish === undefined) return;
    facts.finish = finish;
    facts.ended = true;
  };

  return {
    facts,
    observe(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const last = held.at(-1);
      // A break may itself be cut in two: then it is found with the bytes before it.
      const isSplit = last !== undefined && (bytes[0] === 0x0a || bytes[0] === 0x0d);
      if (!isSplit && frameEnd(bytes) === 0) {
        held.push(bytes);
        return;
      }
      const whole = last === undefined ? bytes : Buffer.concat([...held, bytes]);
      const end = frameEnd(whole);
      if (end > 0) examine(whole.subarray(0, end));
      held = end === whole.length ? [] : [whole.subarray(end)];
    },
    end() {
      if (held.length > 0) examine(Buffer.concat(held));
      held = [];
      if (facts.ended || facts.failure !== undefined) return;
      facts.failure = {
        reason: 'protocol',
        status: 502,
        code: 'invalid_upstream_answer',
        message: 'the upstream stream ended without a finish reason',
      };
    },
  };
}

/** Offset behind the last complete frame; 0 when there is none. */
function frameEnd(bytes: Buffer): number {
  const plain = bytes.lastIndexOf(BREAK);
  const crlf = bytes.lastIndexOf(CRLF_BREAK);
  return Math.max(plain === -1 ? 0 : plain + 2, crlf === -1 ? 0 : crlf + 4);
}

function* framesWith(frames: Buffer, marker: Buffer): Generator<Buffer> {
  for (let at = frames.indexOf(marker); at !== -1; ) {
    const frame = frameAround(frames, at);
    yield frame;
    at = frames.indexOf(marker, frame.byteOffset - frames.byteOffset + frame.length);
  }
}

function frameAround(frames: Buffer, at: number): Buffer {
  const before = [BREAK, CRLF_BREAK].map((mark) => {
    const found = frames.lastIndexOf(mark, at);
    return found === -1 ? 0 : found + mark.length;
  });
  const after = [BREAK, CRLF_BREAK].map((mark) => frames.indexOf(mark, at)).filter((found) => found !== -1);
  return frames.subarray(Math.max(...before), after.length === 0 ? frames.length : Math.min(...after));
}

/** The JSON text of a frame. */
function dataOf(frame: Buffer): string {
  return frame
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length))
    .join('\n');
}

/** The offset of the first frame that is an error; -1 when the word only stood among a call's arguments. */
function readErrorFrames(frames: Buffer, facts: StreamFacts): number {
  for (const frame of framesWith(frames, ERROR)) {
    const json = dataOf(frame);
    const body = parseJson(json);
    if (!isObject(body) || !isObject(body['error'])) continue;
    facts.failure ??= decodeError(200, json);
    return frame.byteOffset - frames.byteOffset;
  }
  return -1;
}
