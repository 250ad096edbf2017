import type { EventSink, Finish } from '../../ir/event.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { Restore } from '../dialect.js';
import { type AnswerBlock, openAnswerBlock } from './answer-blocks.js';
import { searchPart } from './decode-blocks.js';
import { readFinish } from './finish.js';
import { mergeRaw, readUsage } from './usage.js';
import { asObject, asString, extOf, omit } from './wire.js';

/** The steps of an answer, whole or streamed: both forms are read by the same code. */
export interface AnswerReader {
  readonly isStarted: boolean;
  /** The reason of the end, once the vendor said it. */
  readonly finish: Finish | undefined;
  start(message: JsonObject, emit: EventSink): void;
  openBlock(at: JsonValue | undefined, block: JsonObject, emit: EventSink): void;
  delta(at: JsonValue | undefined, delta: JsonObject, emit: EventSink): void;
  closeBlock(at: JsonValue | undefined, emit: EventSink): void;
  /** `delta` is that of `message_delta`; `frame` what else stands in it. */
  messageDelta(delta: JsonObject, usage: JsonValue | undefined, frame: JsonObject, emit: EventSink): void;
  end(finish: Finish, emit: EventSink): void;
}

export function openAnswerReader(restore: Restore): AnswerReader {
  const blocks = new Map<JsonValue | undefined, AnswerBlock>();
  const searches = new Map<string, JsonObject>();
  let index = 0;
  let isStarted = false;
  let hasCall = false;
  let raw: JsonObject = {};
  let finish: Finish | undefined;
  let tail: JsonObject = {};
  const nextIndex = (): number => index++;

  const addUsage = (usage: JsonValue | undefined, emit: EventSink): void => {
    if (asObject(usage) === undefined) return;
    raw = mergeRaw(raw, usage);
    emit({ type: 'usage', usage: readUsage(raw) });
  };
  const closeBlock = (at: JsonValue | undefined, emit: EventSink): void => {
    const block = blocks.get(at);
    blocks.delete(at);
    block?.end(emit);
  };

  return {
    get isStarted() {
      return isStarted;
    },
    get finish() {
      return finish;
    },
    start(message, emit) {
      isStarted = true;
      const id = asString(message['id']);
      const model = asString(message['model']);
      const more = omit(message, 'id', 'model', 'type', 'role', 'content', 'stop_reason', 'stop_sequence', 'usage');
      emit({
        type: 'response-start',
        ...(id === undefined ? {} : { id }),
        ...(model === undefined ? {} : { model }),
        ...extOf(more),
      });
      addUsage(message['usage'], emit);
    },
    openBlock(at, block, emit) {
      closeBlock(at, emit);
      if (block['type'] === 'tool_use' && block['name'] !== restore.outputTool) hasCall = true;
      blocks.set(at, openAnswerBlock(block, { restore, emit, nextIndex, searches }));
    },
    delta(at, delta, emit) {
      blocks.get(at)?.delta(delta, emit);
    },
    closeBlock,
    messageDelta(delta, usage, frame, emit) {
      finish = readFinish(delta) ?? finish;
      const more = omit(delta, 'stop_reason', 'stop_sequence');
      tail = { ...tail, ...more, ...(Object.keys(frame).length === 0 ? {} : { $frame: frame }) };
      addUsage(usage, emit);
    },
    end(given, emit) {
      for (const at of [...blocks.keys()]) closeBlock(at, emit);
      // A search whose results never came still happened.
      for (const call of searches.values())
        emit({ type: 'part', index: nextIndex(), part: searchPart(call, undefined) });
      emit({ type: 'response-end', finish: settle(given, hasCall), ...extOf(tail) });
    },
  };
}

/** A call beats a plain stop; the forced tool of structured output is no call. */
function settle(finish: Finish, hasCall: boolean): Finish {
  if (finish.reason === 'stop' && hasCall) return { ...finish, reason: 'tool-calls' };
  if (finish.reason === 'tool-calls' && !hasCall) return { ...finish, reason: 'stop' };
  return finish;
}
