import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { Opaque } from '../../ir/opaque.js';
import type { MediaPart, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from '../../ir/request.js';
import { mergeRest } from './fields.js';
import { ID, ownExtension } from './wire.js';

/** Prints a part that this dialect decoded; joined texts come apart again. */
export function encodeOwnParts(part: Part): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return encodeTexts(part);
    case 'media':
      return [encodeMedia(part)];
    case 'tool-call':
      return [encodeCall(part)];
    case 'tool-result':
      return [encodeResult(part)];
    case 'native':
      return part.dialect === ID ? [part.value] : [];
    case 'search':
      return [];
  }
}

/** The signature to send back: only one that Google issued. */
const ownSignature = (opaque: Opaque | undefined): string | undefined =>
  opaque?.origin === ID ? opaque.value : undefined;

function encodeTexts(part: TextPart | ReasoningPart): readonly JsonObject[] {
  const hints = ownExtension(part);
  const thought = part.type === 'reasoning' ? true : undefined;
  const print = (text: string, isLast: boolean): JsonObject =>
    mergeRest({ text, thought, thoughtSignature: isLast ? ownSignature(part.opaque) : undefined }, hints);
  const lengths = hints['$lengths'];
  if (!Array.isArray(lengths)) return [print(part.text, true)];
  // A gap stands between texts that were joined by line breaks, the empty ones left out.
  const gap = hints['$gap'] === 1 ? 1 : 0;
  let at = 0;
  return lengths.map((length: JsonValue, index) => {
    const end = at + (typeof length === 'number' ? length : 0);
    const text = part.text.slice(at, end);
    at = end === at ? at : end + gap;
    return print(text, index === lengths.length - 1);
  });
}

function encodeMedia(part: MediaPart): JsonObject {
  const hints = ownExtension(part);
  const mimeType = hints['$mimeType'] ?? part.mediaType;
  const { source } = part;
  const displayName = part.filename;
  const data =
    source.kind === 'base64'
      ? { inlineData: mergeRest({ mimeType, data: source.data, displayName }, hints['$inner']) }
      : {
          fileData: mergeRest(
            { mimeType, fileUri: source.kind === 'url' ? source.url : source.id, displayName },
            hints['$inner'],
          ),
        };
  return mergeRest({ ...data, thoughtSignature: ownSignature(part.opaque) }, hints);
}

function encodeCall(part: ToolCallPart): JsonObject {
  const hints = ownExtension(part);
  const args = part.input === '' ? undefined : parseJson(part.input);
  const call = mergeRest({ id: wireId(hints, part.id), name: part.name, args }, hints['$inner']);
  return mergeRest({ functionCall: call, thoughtSignature: ownSignature(part.opaque) }, hints);
}

/** `$id` holds what the wire had when it differs from ours; `null` when it had none. */
const wireId = (hints: JsonObject, id: string): JsonValue | undefined =>
  Object.hasOwn(hints, '$id') ? (hints['$id'] ?? undefined) : id;

function encodeResult(part: ToolResultPart): JsonObject {
  const hints = ownExtension(part);
  const texts = part.content.flatMap((inner) => (inner.type === 'text' ? [inner.text] : []));
  const parts = part.content.filter((inner) => inner.type !== 'text').flatMap(encodeOwnParts);
  const inner = hints['$inner'];
  const result = mergeRest(
    {
      id: wireId(hints, part.callId),
      name: hints['$name'],
      response: encodeResponse(hints, texts.join('')),
      parts: parts.length === 0 && hints['$parts'] !== 'list' ? undefined : parts,
    },
    inner,
  );
  return mergeRest({ functionResponse: result }, hints);
}

function encodeResponse(hints: JsonObject, text: string): JsonValue | undefined {
  const key = hints['$key'];
  if (key === 'json') return parseJson(text);
  if (typeof key !== 'string') return undefined;
  const others = hints['$others'];
  return { ...(isObject(others) ? others : {}), [key]: text };
}
