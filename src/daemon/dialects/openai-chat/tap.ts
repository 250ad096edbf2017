import { frameAround, frameEnd, openWholeFrames } from '../../framing/whole-frames.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { ResponseFacts, StreamFacts, StreamTap } from '../dialect.js';
import { cutShort } from './decode-stream.js';
import { inBandFailure } from './errors.js';
import { decodeFinish } from './finish.js';
import { decodeUsage } from './usage.js';
import { listOf, objectOf, textOf } from './wire.js';

/**
 * What stands only in frames with facts. Inside JSON text a quote is escaped, so none of it can be an answer's own words;
 * `[DONE]` can, which costs one look at that frame. One expression costs an eighth of as many searches.
 */
const MARKER = /"(?:finish_reason"\s*:\s*"|usage"\s*:\s*\{|error"|response\.failed"|message")|\[DONE\]|event:/;

/** Watches a relayed stream: most chunks cost a few searches, and only frames with facts are parsed. */
export function openTap(): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };
  const marker = new RegExp(MARKER, 'g');
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

  const readFrames = (frames: Buffer): void => {
    let at = 0;
    while (!facts.started && at < frames.length) {
      const end = frameEnd(frames, at);
      readFrame(frames.toString('utf8', at, end));
      at = end;
    }
    if (at === frames.length) return;
    // Latin-1 is a plain copy, and its offsets are those of the bytes.
    const text = frames.toString('latin1', at);
    marker.lastIndex = 0;
    for (let hit = marker.exec(text); hit !== null; hit = marker.exec(text)) {
      const frame = frameAround(frames, at + hit.index);
      readFrame(frame.toString('utf8'));
      marker.lastIndex = frame.byteOffset - frames.byteOffset + frame.length - at;
    }
  };
  const frames = openWholeFrames(readFrames);

  return {
    facts,
    observe: frames.push,
    end() {
      frames.end();
      if (facts.ended || facts.failure !== undefined) return;
      // Some servers leave `[DONE]` out: a finish is an end too.
      if (facts.finish !== undefined) facts.ended = true;
      else facts.failure = cutShort('upstream stream closed before its end');
    },
  };
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
