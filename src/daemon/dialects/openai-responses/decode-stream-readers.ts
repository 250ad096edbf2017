import type { EventSink } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { openOpaque } from '../../ir/opaque.js';
import type { Restore } from '../dialect.js';
import { decodeAnnotation, decodeAnnotations } from './content.js';
import { decodeOutputItem } from './decode-item.js';
import { joinNamespace } from './tools.js';
import { isBilledSearch } from './usage.js';
import { DIALECT, isArray, keep } from './wire.js';

/** What is counted over one answer: fresh block indexes, and the searches that the provider ran. */
export interface BlockCounter {
  next: number;
  searches: number;
}

/** Reads the events of one output item. */
export interface ItemReader {
  readonly isCall: boolean;
  start(emit: EventSink): void;
  take(type: string, event: JsonObject, emit: EventSink): void;
  /** The item is done: what its deltas did not bring is emitted, and its blocks end. Later calls do nothing. */
  finish(item: JsonObject, emit: EventSink): void;
  /** Ends blocks that are still open. */
  close(emit: EventSink): void;
}

export function openReader(item: JsonObject, counter: BlockCounter, restore: Restore): ItemReader {
  switch (item['type']) {
    case 'message':
      return openMessage(item, counter);
    case 'reasoning':
      return openReasoning(item, counter);
    case 'function_call':
    case 'custom_tool_call':
      return openCall(item, counter, restore);
    default:
      return openWhole(counter);
  }
}

interface TextBlock {
  readonly index: number;
  /** Characters emitted so far. */
  written: number;
  citations: number;
  isOpen: boolean;
}

function openMessage(item: JsonObject, counter: BlockCounter): ItemReader {
  const { type: _type, role: _role, content: _content, status: _status, ...members } = item;
  const blocks = new Map<number, TextBlock>();
  let isDone = false;

  const block = (position: number, isRefusal: boolean, emit: EventSink): TextBlock => {
    const known = blocks.get(position);
    if (known !== undefined) return known;
    const opened: TextBlock = { index: counter.next++, written: 0, citations: 0, isOpen: true };
    const mark: JsonObject = blocks.size === 0 ? { $item: members } : { $more: true };
    blocks.set(position, opened);
    emit({ type: 'text-start', index: opened.index, ...(isRefusal ? { refusal: true } : {}), ...keep(mark) });
    return opened;
  };
  const write = (to: TextBlock, text: JsonValue | undefined, emit: EventSink): void => {
    if (typeof text !== 'string' || text === '' || !to.isOpen) return;
    to.written += text.length;
    emit({ type: 'text-delta', index: to.index, text });
  };
  /** The whole text as the upstream states it at the end: what the deltas lack is made up for. */
  const settle = (to: TextBlock, text: JsonValue | undefined, emit: EventSink): void => {
    if (typeof text === 'string') write(to, text.slice(to.written), emit);
  };
  const endPart = (position: number, part: JsonObject, emit: EventSink): void => {
    const { type, text, refusal, ...extra } = part;
    if (type !== 'output_text' && type !== 'refusal') return;
    const to = block(position, type === 'refusal', emit);
    if (!to.isOpen) return;
    settle(to, type === 'refusal' ? refusal : text, emit);
    for (const citation of decodeAnnotations(extra['annotations']).slice(to.citations)) {
      emit({ type: 'citation', index: to.index, citation });
    }
    to.isOpen = false;
    emit({ type: 'text-end', index: to.index, ...keep(extra) });
  };

  return {
    isCall: false,
    start: () => undefined,
    take(type, event, emit) {
      if (isDone) return;
      const position = typeof event['content_index'] === 'number' ? event['content_index'] : 0;
      switch (type) {
        case 'response.output_text.delta':
          return write(block(position, false, emit), event['delta'], emit);
        case 'response.refusal.delta':
          return write(block(position, true, emit), event['delta'], emit);
        case 'response.output_text.done':
          return settle(block(position, false, emit), event['text'], emit);
        case 'response.refusal.done':
          return settle(block(position, true, emit), event['refusal'], emit);
        case 'response.output_text.annotation.added': {
          const to = block(position, false, emit);
          const citation = decodeAnnotation(event['annotation']);
          if (citation === undefined || !to.isOpen) return;
          to.citations++;
          return emit({ type: 'citation', index: to.index, citation });
        }
        case 'response.content_part.added': {
          const part = event['part'];
          if (isObject(part) && (part['type'] === 'output_text' || part['type'] === 'refusal')) {
            block(position, part['type'] === 'refusal', emit);
          }
          return;
        }
        case 'response.content_part.done':
          return isObject(event['part']) ? endPart(position, event['part'], emit) : undefined;
      }
    },
    finish(done, emit) {
      if (isDone) return;
      const content = isArray(done['content']) ? done['content'] : [];
      content.forEach((part, position) => {
        if (isObject(part)) endPart(position, part, emit);
      });
      this.close(emit);
    },
    close(emit) {
      isDone = true;
      for (const open of blocks.values()) {
        if (!open.isOpen) continue;
        open.isOpen = false;
        emit({ type: 'text-end', index: open.index });
      }
    },
  };
}

function openReasoning(item: JsonObject, counter: BlockCounter): ItemReader {
  const index = counter.next++;
  let written = 0;
  let isDone = false;
  /** A summary and the reasoning itself may both come; the first kind to say something is shown. */
  let shown: 'summary' | 'text' | undefined;
  let part: JsonValue | undefined;

  const write = (kind: 'summary' | 'text', position: JsonValue | undefined, text: unknown, emit: EventSink): void => {
    if (typeof text !== 'string' || text === '' || isDone) return;
    shown ??= kind;
    if (shown !== kind) return;
    const gap = written > 0 && position !== part ? '\n\n' : '';
    part = position;
    written += text.length;
    emit({ type: 'reasoning-delta', index, text: gap + text });
  };
  const end = (emit: EventSink, opaque: JsonValue | undefined, members: JsonObject): void => {
    isDone = true;
    const isState = typeof opaque === 'string' && opaque !== '';
    emit({
      type: 'reasoning-end',
      index,
      ...(isState ? { opaque: openOpaque(opaque, DIALECT) } : {}),
      ...keep(members),
    });
  };

  return {
    isCall: false,
    start(emit) {
      emit({ type: 'reasoning-start', index, ...keep({ id: item['id'] }) });
    },
    take(type, event, emit) {
      if (type === 'response.reasoning_summary_text.delta') {
        write('summary', event['summary_index'], event['delta'], emit);
      } else if (type === 'response.reasoning_text.delta') {
        write('text', event['content_index'], event['delta'], emit);
      }
    },
    finish(done, emit) {
      if (isDone) return;
      const { type: _type, encrypted_content: opaque, ...members } = done;
      const [whole] = decodeOutputItem(done);
      if (written === 0 && whole?.type === 'reasoning') write('summary', 0, whole.text, emit);
      end(emit, opaque, members);
    },
    close(emit) {
      if (!isDone) end(emit, item['encrypted_content'], {});
    },
  };
}

function openCall(item: JsonObject, counter: BlockCounter, { toolNames }: Restore): ItemReader {
  const isCustom = item['type'] === 'custom_tool_call';
  const index = counter.next++;
  let written = 0;
  let isStarted = false;
  let isDone = false;

  const start = (source: JsonObject, emit: EventSink): void => {
    const { type: _type, arguments: _arguments, input: _input, status: _status, ...rest } = source;
    const { call_id: id, name, namespace, ...members } = rest;
    // Without both it is too early: `output_item.done` brings them.
    if (isStarted || typeof id !== 'string' || typeof name !== 'string') return;
    isStarted = true;
    const isInside = typeof namespace === 'string';
    emit({
      type: 'tool-call-start',
      index,
      id,
      name: isInside ? joinNamespace(namespace, name) : (toolNames?.get(name) ?? name),
      ...(isCustom ? { custom: true } : {}),
      ...keep({ ...members, ...(isInside ? { $namespace: namespace, $name: name } : {}) }),
    });
  };
  const write = (text: JsonValue | undefined, emit: EventSink): void => {
    if (typeof text !== 'string' || text === '' || !isStarted || isDone) return;
    written += text.length;
    emit({ type: 'tool-call-delta', index, json: text });
  };
  const settle = (text: JsonValue | undefined, emit: EventSink): void => {
    if (typeof text === 'string') write(text.slice(written), emit);
  };

  return {
    isCall: true,
    start: (emit) => start(item, emit),
    take(type, event, emit) {
      switch (type) {
        case 'response.function_call_arguments.delta':
        case 'response.custom_tool_call_input.delta':
          return write(event['delta'], emit);
        case 'response.function_call_arguments.done':
          return settle(event['arguments'], emit);
        case 'response.custom_tool_call_input.done':
          return settle(event['input'], emit);
      }
    },
    finish(done, emit) {
      if (isDone) return;
      start(done, emit);
      settle(done[isCustom ? 'input' : 'arguments'], emit);
      this.close(emit);
    },
    close(emit) {
      if (isStarted && !isDone) emit({ type: 'tool-call-end', index });
      isDone = true;
    },
  };
}

/** Searches, images and what only this dialect has: shown when they are complete. */
function openWhole(counter: BlockCounter): ItemReader {
  let isDone = false;
  return {
    isCall: false,
    start: () => undefined,
    take(type, event, emit) {
      if (type === 'response.image_generation_call.partial_image') takeDraft(event, emit);
    },
    finish(done, emit) {
      if (isDone) return;
      isDone = true;
      if (isBilledSearch(done)) counter.searches++;
      for (const part of decodeOutputItem(done)) emit({ type: 'part', index: counter.next++, part });
    },
    close() {
      isDone = true;
    },
  };
}

function takeDraft({ partial_image_b64: data, output_format: format }: JsonObject, emit: EventSink): void {
  if (typeof data !== 'string' || data === '') return;
  emit({ type: 'image-draft', mediaType: `image/${typeof format === 'string' ? format : 'png'}`, data });
}
