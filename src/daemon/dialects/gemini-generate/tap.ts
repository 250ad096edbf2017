import { frameAround, openWholeFrames } from '../../framing/whole-frames.js';
import { isObject, parseJson } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';
import type { StreamFacts, StreamTap } from '../dialect.js';
import { decodeError } from './errors.js';
import { readTapFacts } from './tap-facts.js';

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

  const frames = openWholeFrames(examine);
  return {
    facts,
    observe: frames.push,
    end() {
      frames.end();
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

function* framesWith(frames: Buffer, marker: Buffer): Generator<Buffer> {
  for (let at = frames.indexOf(marker); at !== -1; ) {
    const frame = frameAround(frames, at);
    yield frame;
    at = frames.indexOf(marker, frame.byteOffset - frames.byteOffset + frame.length);
  }
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
