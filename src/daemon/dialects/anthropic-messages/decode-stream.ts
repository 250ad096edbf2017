import type { FailureFacts } from '../../ir/error.js';
import type { EventSink } from '../../ir/event.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { Restore, StreamDecoder } from '../dialect.js';
import { openAnswerReader } from './answer-reader.js';
import { readErrorObject } from './errors.js';
import { asObject, omit } from './wire.js';

/**
 * Reads a Messages stream. The end is held back until `message_stop`; a stream that was cut after it named its stop
 * reason has ended all the same.
 */
export function openDecoder(restore: Restore): StreamDecoder {
  const reader = openAnswerReader(restore);
  let isOver = false;

  const fail = (error: FailureFacts, emit: EventSink): void => {
    isOver = true;
    emit({ type: 'error', error });
  };
  const finish = (emit: EventSink): void => {
    const { finish: given } = reader;
    if (given === undefined) return fail(protocol('the stream ended without a stop reason'), emit);
    isOver = true;
    reader.end(given, emit);
  };
  const content = (frame: JsonObject, emit: EventSink): void => {
    switch (frame['type']) {
      case 'content_block_delta': {
        const delta = asObject(frame['delta']);
        if (delta !== undefined) reader.delta(frame['index'], delta, emit);
        return;
      }
      case 'content_block_start': {
        const block = asObject(frame['content_block']);
        if (block !== undefined) reader.openBlock(frame['index'], block, emit);
        return;
      }
      case 'content_block_stop':
        return reader.closeBlock(frame['index'], emit);
      case 'message_delta': {
        const rest = omit(frame, 'type', 'delta', 'usage');
        return reader.messageDelta(asObject(frame['delta']) ?? {}, frame['usage'], rest, emit);
      }
      case 'message_stop':
        return finish(emit);
    }
  };

  return {
    push(event, data, emit) {
      if (isOver) return;
      const frame = parseJson(data);
      if (!isObject(frame)) return fail(protocol('the stream holds a frame that is not JSON'), emit);
      if (frame['type'] === 'content_block_delta' && reader.isStarted) return content(frame, emit);
      const { type = event } = frame;
      if (type === 'ping') return;
      if (type === 'error' || (type === undefined && isObject(frame['error']))) {
        return fail(readErrorObject(frame, data), emit);
      }
      if (type === 'message_start') {
        if (!reader.isStarted) reader.start(asObject(frame['message']) ?? {}, emit);
        return;
      }
      if (!isContent(type)) return;
      if (!reader.isStarted) return fail(protocol('the stream holds content before message_start'), emit);
      content(frame['type'] === undefined ? { ...frame, type } : frame, emit);
    },
    end(emit) {
      if (isOver) return;
      if (reader.isStarted) return finish(emit);
      fail(protocol('the stream ended before it began'), emit);
    },
  };
}

const isContent = (type: unknown): boolean =>
  typeof type === 'string' && (type.startsWith('content_block_') || type.startsWith('message_'));

const protocol = (message: string): FailureFacts => ({ reason: 'protocol', message });
