import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { openOpaque } from '../../ir/opaque.js';
import type { MediaPart, MediaSource, Part, ReasoningPart, ToolCallPart, ToolResultPart } from '../../ir/request.js';
import type { CallIds } from './call-ids.js';
import { carry, type Fields, readFields } from './fields.js';
import { ID } from './wire.js';

/** Reads one part of a request's content. A kind only Gemini has stays whole, as a `native` part. */
export function decodePart(value: JsonValue, path: string, ids: CallIds): Part {
  if (!isObject(value)) throw new RequestFault(`"${path}" must be an object`, path);
  const fields = readFields(value, path);
  if (fields.has('functionCall')) return decodeCall(fields, ids);
  if (fields.has('functionResponse')) return decodeResult(fields, ids);
  if (fields.has('inlineData') || fields.has('fileData')) return decodeMedia(fields);
  if (fields.has('text')) return decodeText(value, fields);
  return { type: 'native', dialect: ID, value };
}

function decodeText(value: JsonObject, fields: Fields): Part {
  const text = fields.string('text') ?? '';
  const opaque = takeSignature(fields);
  if (value['thought'] !== true) return { type: 'text', text, ...opaque, ...carry(fields.rest()) };
  fields.take('thought');
  return { type: 'reasoning', text, ...opaque, ...carry(fields.rest()) };
}

function takeSignature(fields: Fields): Pick<ReasoningPart, 'opaque'> {
  const signature = fields.string('thoughtSignature');
  return signature === undefined ? {} : { opaque: openOpaque(signature, ID) };
}

function decodeCall(fields: Fields, ids: CallIds): ToolCallPart {
  const call = readFields(fields.object('functionCall') ?? {}, fields.path('functionCall'));
  const name = call.string('name');
  if (name === undefined || name === '') {
    throw new RequestFault(`"${call.path('name')}" must name a function`, call.path('name'));
  }
  const wireId = call.string('id');
  const args = call.object('args');
  const opaque = takeSignature(fields);
  const inner = call.rest();
  return {
    type: 'tool-call',
    id: ids.call(wireId, name),
    name,
    input: args === undefined ? '' : JSON.stringify(args),
    ...opaque,
    ...carry({
      ...fields.rest(),
      ...(Object.keys(inner).length === 0 ? {} : { $inner: inner }),
      ...(wireId === undefined || wireId === '' ? { $id: wireId ?? null } : {}),
    }),
  };
}

function decodeResult(fields: Fields, ids: CallIds): ToolResultPart {
  const result = readFields(fields.object('functionResponse') ?? {}, fields.path('functionResponse'));
  const wireId = result.string('id');
  const name = result.string('name');
  const callId = ids.response(wireId, name ?? '');
  const response = result.object('response');
  const answer = response === undefined ? { key: null, texts: [] } : readResponse(response);
  const hasParts = result.has('parts');
  const media = decodeResultParts(result);
  const inner = result.rest();
  return {
    type: 'tool-result',
    callId,
    content: [...answer.texts.map((text) => ({ type: 'text' as const, text })), ...media],
    ...(answer.isError === true ? { isError: true } : {}),
    ...carry({
      ...fields.rest(),
      ...(Object.keys(inner).length === 0 ? {} : { $inner: inner }),
      ...(wireId === callId ? {} : { $id: wireId ?? null }),
      ...(name === undefined ? {} : { $name: name }),
      $key: answer.key,
      ...(answer.others === undefined ? {} : { $others: answer.others }),
      ...(hasParts && media.length === 0 ? { $parts: 'list' } : {}),
    }),
  };
}

interface Answer {
  /** Under which member the text stood; `json` when the text is the whole response, `null` when there was none. */
  readonly key: 'result' | 'output' | 'error' | 'json' | null;
  readonly texts: readonly string[];
  readonly isError?: boolean;
  readonly others?: JsonObject;
}

function readResponse(response: JsonObject): Answer {
  const isLone = Object.keys(response).length === 1;
  const { result, output, error } = response;
  if (error !== undefined && error !== null) {
    if (typeof error === 'string' && isLone) return { key: 'error', texts: [error], isError: true };
    return { key: 'json', texts: [JSON.stringify(response)], isError: true };
  }
  if (typeof result === 'string') {
    const others = Object.fromEntries(Object.entries(response).filter(([key]) => key !== 'result'));
    return { key: 'result', texts: [result], ...(isLone ? {} : { others }) };
  }
  // Google documents "output" for a function's output, and Gemini CLI sends its text there.
  if (typeof output === 'string' && isLone) return { key: 'output', texts: [output] };
  return { key: 'json', texts: [JSON.stringify(response)] };
}

function decodeResultParts(result: Fields): readonly Part[] {
  if (!result.has('parts')) return [];
  const path = result.path('parts');
  const parts = result.take('parts') ?? [];
  if (!Array.isArray(parts)) throw new RequestFault(`"${path}" must be a list`, path);
  return parts.map((value, index): Part => {
    const at = `${path}[${index}]`;
    if (!isObject(value)) throw new RequestFault(`"${at}" must be an object`, at);
    const fields = readFields(value, at);
    if (fields.has('inlineData') || fields.has('fileData')) return decodeMedia(fields);
    return { type: 'native', dialect: ID, value };
  });
}

function decodeMedia(fields: Fields): MediaPart {
  const kind = fields.has('inlineData') ? 'inlineData' : 'fileData';
  const data = readFields(fields.object(kind) ?? {}, fields.path(kind));
  const written = data.string('mimeType');
  const filename = data.string('displayName');
  const source = kind === 'inlineData' ? inlineSource(data) : fileSource(data);
  const opaque = takeSignature(fields);
  const inner = data.rest();
  return {
    type: 'media',
    ...(written === undefined || written === '' ? {} : { mediaType: written.toLowerCase() }),
    ...(filename === undefined ? {} : { filename }),
    source,
    ...opaque,
    ...carry({
      ...fields.rest(),
      ...(Object.keys(inner).length === 0 ? {} : { $inner: inner }),
      ...(written === undefined || (written === written.toLowerCase() && written !== '') ? {} : { $mimeType: written }),
    }),
  };
}

function inlineSource(data: Fields): MediaSource {
  const base64 = data.string('data');
  if (base64 === undefined) throw new RequestFault(`"${data.path('data')}" is missing`, data.path('data'));
  return { kind: 'base64', data: base64 };
}

function fileSource(data: Fields): MediaSource {
  const uri = data.string('fileUri');
  if (uri === undefined || uri === '') {
    throw new RequestFault(`"${data.path('fileUri')}" is missing`, data.path('fileUri'));
  }
  return isVendorFile(uri) ? { kind: 'file', id: uri, origin: ID } : { kind: 'url', url: uri };
}

/** A file that only Google can open: its Files API, or a bucket. */
export const isVendorFile = (uri: string): boolean =>
  !/^https?:\/\//i.test(uri) || /^https:\/\/generativelanguage\.googleapis\.com\//i.test(uri);
