import { frameAround, frameEnd, openWholeFrames } from '../../framing/whole-frames.js';
import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { ResponseFacts, StreamFacts, StreamTap } from '../dialect.js';
import { readErrorObject } from './errors.js';
import { readFinish } from './finish.js';
import { mergeRaw, readUsage } from './usage.js';
import { asObject, asString } from './wire.js';

/** What frames with facts hold: `message_start`, `message_delta`, `message_stop`. In texts it may stand as well. */
const MESSAGE = Buffer.from('message_');
/** Inside a JSON string its quotes would be escaped, so this is never text. */
const ERROR = Buffer.from('"error"');

/** Watches a relayed Messages stream; only the few frames with facts are parsed. */
export function openTap(): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };
  let raw: JsonObject = {};

  const frame = (bytes: Buffer): void => {
    const data = parseFrame(bytes);
    if (data === undefined) return;
    switch (data['type']) {
      case 'ping':
        return;
      case 'message_start': {
        const message = asObject(data['message']);
        facts.id = asString(message?.['id']);
        return addUsage(message?.['usage']);
      }
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
      const found = frameAround(bytes, hit);
      frame(found);
      at = found.byteOffset - bytes.byteOffset + found.length;
    }
  };

  const frames = openWholeFrames(scan);
  return {
    facts,
    observe: frames.push,
    end() {
      frames.end();
      if (facts.ended || facts.failure !== undefined) return;
      facts.failure = protocol('the upstream stream ended without message_stop');
    },
  };
}

const protocol = (message: string): FailureFacts => ({ reason: 'protocol', message });

function firstHit(bytes: Buffer, from: number): number {
  const message = bytes.indexOf(MESSAGE, from);
  const error = bytes.indexOf(ERROR, from);
  if (message === -1 || error === -1) return Math.max(message, error);
  return Math.min(message, error);
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
  const id = asString(body['id']);
  return {
    ...(id === undefined ? {} : { id }),
    ...(usage === undefined ? {} : { usage: readUsage(usage) }),
    ...(finish === undefined ? {} : { finish }),
  };
}
