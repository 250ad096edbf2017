import type { EventSink } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Restore } from '../dialect.js';
import { type BlockCounter, type ItemReader, openReader } from './decode-stream-readers.js';

/** The output items of one streamed answer. */
export interface Items {
  take(type: string, event: JsonObject, emit: EventSink): void;
  /** The terminal event came, with the output as it says: whatever did not come as events is emitted now. */
  complete(output: readonly JsonObject[], emit: EventSink): void;
  hasCalls(): boolean;
  /** Searches that the provider ran. */
  searches(): number;
}

export function openItems(restore: Restore): Items {
  const readers = new Map<JsonValue, ItemReader>();
  const counter: BlockCounter = { next: 0, searches: 0 };
  let calls = 0;

  const open = (key: JsonValue, item: JsonObject, emit: EventSink): ItemReader => {
    const reader = openReader(item, counter, restore);
    if (reader.isCall) calls++;
    readers.set(key, reader);
    reader.start(emit);
    return reader;
  };
  // `response.completed` may have an empty output: then the items' own events are all there is.
  const finish = (key: JsonValue, item: JsonObject, emit: EventSink): void => {
    const reader = readers.get(key) ?? open(key, item, emit);
    reader.finish(item, emit);
  };

  return {
    hasCalls: () => calls > 0,
    searches: () => counter.searches,
    take(type, event, emit) {
      const key = keyOf(event);
      if (key === undefined) return;
      const item = isObject(event['item']) ? event['item'] : undefined;
      switch (type) {
        case 'response.output_item.added':
          if (item !== undefined && !readers.has(key)) open(key, item, emit);
          return;
        case 'response.output_item.done':
          if (item !== undefined) finish(key, item, emit);
          return;
        case 'response.output_text.delta':
        case 'response.refusal.delta':
          return (readers.get(key) ?? open(key, { type: 'message', id: event['item_id'] }, emit)).take(
            type,
            event,
            emit,
          );
        default:
          readers.get(key)?.take(type, event, emit);
      }
    },
    complete(output, emit) {
      output.forEach((item, index) => {
        const id = item['id'];
        finish(!readers.has(index) && id !== undefined && readers.has(id) ? id : index, item, emit);
      });
      for (const reader of readers.values()) reader.close(emit);
    },
  };
}

/** The place in the output; some servers give the item's id only. */
function keyOf(event: JsonObject): JsonValue | undefined {
  if (typeof event['output_index'] === 'number') return event['output_index'];
  const item = event['item'];
  return event['item_id'] ?? (isObject(item) ? item['id'] : undefined);
}
