import type { EventSink } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { type Opaque, openOpaque } from '../../ir/opaque.js';
import type { MediaSource } from '../../ir/request.js';
import type { Restore } from '../dialect.js';
import { isVendorFile } from './decode-part.js';
import type { Grounding } from './grounding.js';
import { mintId } from './ids.js';
import type { TextSpan } from './text-offsets.js';
import { ID } from './wire.js';

/** Turns the parts of an answer into blocks; a text or thought block stays open while parts of its kind follow. */
export interface PartReader {
  read(part: JsonObject, emit: EventSink): void;
  hasCall(): boolean;
  /** Nothing has come yet that has a place of its own. */
  isEmpty(): boolean;
  /** The text blocks so far. */
  spans(): readonly TextSpan[];
  nextIndex(): number;
  /** Ends the open block, with those of the citations that belong to it. */
  close(emit: EventSink, citations: Grounding['citations']): void;
}

interface OpenBlock {
  readonly kind: 'text' | 'reasoning';
  readonly index: number;
  opaque: Opaque | undefined;
}

export function openPartReader({ toolNames, wrappedTools }: Restore): PartReader {
  const spans: { index: number; start: number; text: string }[] = [];
  let block: OpenBlock | undefined;
  let next = 0;
  let hasCall = false;

  const close = (emit: EventSink): void => {
    if (block === undefined) return;
    const { kind, index, opaque } = block;
    block = undefined;
    emit({ type: kind === 'text' ? 'text-end' : 'reasoning-end', index, ...(opaque === undefined ? {} : { opaque }) });
  };

  const open = (kind: OpenBlock['kind'], emit: EventSink): OpenBlock => {
    // A signature ends what it signs.
    if (block?.kind === kind && block.opaque === undefined) return block;
    close(emit);
    const opened: OpenBlock = { kind, index: next++, opaque: undefined };
    block = opened;
    if (kind === 'text') {
      const last = spans.at(-1);
      spans.push({ index: opened.index, start: last === undefined ? 0 : last.start + last.text.length, text: '' });
      emit({ type: 'text-start', index: opened.index });
    } else {
      emit({ type: 'reasoning-start', index: opened.index });
    }
    return opened;
  };

  const readText = (text: string, part: JsonObject, emit: EventSink): void => {
    const opaque = signatureOf(part);
    if (text === '') {
      // An empty text only carries the signature of what came before it.
      if (opaque === undefined) return;
      const carrier = part['thought'] === true ? open('reasoning', emit) : (block ?? open('text', emit));
      carrier.opaque = opaque;
      return;
    }
    const target = open(part['thought'] === true ? 'reasoning' : 'text', emit);
    if (target.kind === 'text') {
      const span = spans.at(-1);
      if (span !== undefined) span.text += text;
      emit({ type: 'text-delta', index: target.index, text });
    } else {
      emit({ type: 'reasoning-delta', index: target.index, text });
    }
    if (opaque !== undefined) target.opaque = opaque;
  };

  const readCall = (call: JsonObject, part: JsonObject, emit: EventSink): void => {
    close(emit);
    hasCall = true;
    const index = next++;
    const wire = textOf(call['name']) ?? '';
    const name = toolNames?.get(wire) ?? wire;
    const isCustom = wrappedTools?.has(name) === true;
    const opaque = signatureOf(part);
    emit({
      type: 'tool-call-start',
      index,
      id: textOf(call['id']) ?? mintId('call_'),
      name,
      ...(isCustom ? { custom: true } : {}),
      ...(opaque === undefined ? {} : { opaque }),
    });
    const json = isCustom ? unwrap(call['args']) : JSON.stringify(call['args'] ?? {});
    if (json !== '') emit({ type: 'tool-call-delta', index, json });
    emit({ type: 'tool-call-end', index });
  };

  const readMedia = (data: JsonObject, part: JsonObject, emit: EventSink): void => {
    close(emit);
    const source = sourceOf(data);
    const mediaType = textOf(data['mimeType'])?.toLowerCase();
    const opaque = signatureOf(part);
    if (source === undefined) return readNative(part, emit);
    // A picture among the thoughts is a draft, not a result.
    if (part['thought'] === true) {
      if (source.kind === 'base64' && mediaType?.startsWith('image/') === true) {
        emit({ type: 'image-draft', mediaType, data: source.data });
      }
      return readNative(part, emit);
    }
    emit({
      type: 'part',
      index: next++,
      part: {
        type: 'media',
        ...(mediaType === undefined ? {} : { mediaType }),
        source,
        ...(opaque === undefined ? {} : { opaque }),
      },
    });
  };

  const readNative = (part: JsonObject, emit: EventSink): void => {
    close(emit);
    emit({ type: 'part', index: next++, part: { type: 'native', dialect: ID, value: part } });
  };

  return {
    spans: () => spans,
    nextIndex: () => next++,
    hasCall: () => hasCall,
    isEmpty: () => next === 0,
    read(part, emit) {
      const { text, functionCall } = part;
      if (typeof text === 'string') return readText(text, part, emit);
      if (isObject(functionCall)) return readCall(functionCall, part, emit);
      const data = part['inlineData'] ?? part['fileData'];
      if (isObject(data)) return readMedia(data, part, emit);
      const opaque = signatureOf(part);
      if (opaque !== undefined && Object.keys(part).every((key) => SIGNATURE_ONLY.has(key))) {
        return readText('', part, emit);
      }
      if (Object.keys(part).length > 0) readNative(part, emit);
    },
    close(emit, citations) {
      for (const { index, citation } of citations) {
        if (block?.kind === 'text' && block.index === index) emit({ type: 'citation', index, citation });
      }
      close(emit);
    },
  };
}

const SIGNATURE_ONLY: ReadonlySet<string> = new Set(['thoughtSignature', 'thought']);

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function signatureOf(part: JsonObject): Opaque | undefined {
  const value = textOf(part['thoughtSignature']);
  return value === undefined ? undefined : openOpaque(value, ID);
}

/** A free-form tool was declared as a function with one `input`. */
function unwrap(args: JsonValue | undefined): string {
  if (isObject(args) && typeof args['input'] === 'string') return args['input'];
  return JSON.stringify(args ?? {});
}

function sourceOf(data: JsonObject): MediaSource | undefined {
  const base64 = textOf(data['data']);
  if (base64 !== undefined) return { kind: 'base64', data: base64 };
  const uri = textOf(data['fileUri']);
  if (uri === undefined) return undefined;
  return isVendorFile(uri) ? { kind: 'file', id: uri, origin: ID } : { kind: 'url', url: uri };
}
