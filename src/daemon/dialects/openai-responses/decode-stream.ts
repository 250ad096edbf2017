import type { FailureFacts } from '../../ir/error.js';
import type { EventSink } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { Restore, StreamDecoder } from '../dialect.js';
import { openItems } from './decode-stream-items.js';
import { decodeEventError } from './errors.js';
import { decodeFinish } from './finish.js';
import { responseExtensions } from './response.js';
import { decodeUsage, withSearches } from './usage.js';
import { isArray } from './wire.js';

const protocolFailure = (message: string): FailureFacts => ({ reason: 'protocol', message });

/** An answer without its terminal event. */
export const cutStream = (): FailureFacts => protocolFailure('stream closed before response.completed');

/** Some servers leave the status to the name of the event. */
const statusOf = (type: string): JsonObject => ({
  status: type === 'response.incomplete' ? 'incomplete' : 'completed',
});

/** Reads a stream of response events. Unknown events, `codex.*` among them, say nothing about the answer. */
export function openDecoder(restore: Restore): StreamDecoder {
  const items = openItems(restore);
  let isStarted = false;
  let isOver = false;

  const start = (response: JsonValue | undefined, emit: EventSink): void => {
    if (isStarted) return;
    isStarted = true;
    const { id, model } = isObject(response) ? response : {};
    emit({
      type: 'response-start',
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof model === 'string' ? { model } : {}),
    });
  };
  const fail = (error: FailureFacts, emit: EventSink): void => {
    isOver = true;
    emit({ type: 'error', error });
  };
  const finish = (response: JsonObject, emit: EventSink): void => {
    start(response, emit);
    items.complete(isArray(response['output']) ? response['output'].filter(isObject) : [], emit);
    isOver = true;
    const usage = withSearches(decodeUsage(response['usage']), items.searches());
    if (usage !== undefined) emit({ type: 'usage', usage });
    emit({
      type: 'response-end',
      finish: decodeFinish(response, items.hasCalls()),
      ...responseExtensions(response),
    });
  };

  return {
    push(eventName, data, emit) {
      if (isOver || data === '[DONE]') return;
      const event = parseJson(data);
      if (!isObject(event)) return fail(protocolFailure('an event of the upstream is not a JSON object'), emit);
      const type = event['type'] ?? eventName;
      switch (type) {
        case 'response.created':
        case 'response.in_progress':
        case 'response.queued':
          return start(event['response'], emit);
        case 'response.completed':
        case 'response.incomplete':
        case 'response.done':
          return finish({ ...statusOf(type), ...(isObject(event['response']) ? event['response'] : {}) }, emit);
        case 'response.failed':
        case 'error':
          return fail(decodeEventError(event), emit);
        case undefined:
          // A bare error object, as gateways put it into a stream.
          return isObject(event['error']) ? fail(decodeEventError(event), emit) : undefined;
        default:
          if (typeof type !== 'string' || !type.startsWith('response.')) return;
          start(undefined, emit);
          items.take(type, event, emit);
      }
    },
    end(emit) {
      if (!isOver) fail(cutStream(), emit);
    },
  };
}
