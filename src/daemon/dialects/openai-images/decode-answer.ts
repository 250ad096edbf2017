import type { FailureFacts } from '../../ir/error.js';
import type { ModelResponse } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import { sniffMediaType } from '../../ir/media.js';
import type { MediaPart } from '../../ir/request.js';
import type { StreamDecoder } from '../dialect.js';
import { ID } from './members.js';
import { decodeUsage } from './usage.js';

/** Reads an error of any status and body; given by whoever puts the dialect together, as OpenAI's APIs share their errors. */
export type DecodeError = (status: number, body: string) => FailureFacts;

export const cutStream = (): FailureFacts => ({
  reason: 'protocol',
  status: 502,
  code: 'invalid_upstream_answer',
  message: 'the upstream stream ended without a finished image',
});

/** Reads a whole answer. */
export function decodeResponse({ data, usage, output_format: format }: JsonObject): ModelResponse {
  const list: readonly JsonValue[] = Array.isArray(data) ? data : [];
  const figures = decodeUsage(usage);
  return {
    content: list.filter(isObject).flatMap((item) => readPicture(item, format) ?? []),
    finish: { reason: 'stop' },
    ...(figures === undefined ? {} : { usage: figures }),
  };
}

/** Reads the events of a stream. It has no event for its end: one that ends behind a finished picture is whole. */
export function openDecoder(decodeError: DecodeError): StreamDecoder {
  let next = 0;
  let isStarted = false;
  let isOver = false;
  return {
    push(name, data, emit) {
      if (isOver || data === '[DONE]') return;
      const event = parseJson(data);
      if (!isObject(event)) return;
      if (!isStarted) emit({ type: 'response-start' });
      isStarted = true;
      const type = typeof event['type'] === 'string' ? event['type'] : (name ?? '');
      if (isFailure(type, event)) {
        isOver = true;
        return emit({ type: 'error', error: decodeError(502, data) });
      }
      const picture = readPicture(event, event['output_format']);
      if (picture === undefined) return;
      if (isDraft(type)) {
        const { source, mediaType = 'image/png' } = picture;
        if (source.kind === 'base64') emit({ type: 'image-draft', mediaType, data: source.data });
        return;
      }
      emit({ type: 'part', index: next++, part: picture });
      const usage = decodeUsage(event['usage']);
      if (usage !== undefined) emit({ type: 'usage', usage });
    },
    end(emit) {
      if (isOver) return;
      isOver = true;
      if (next === 0) return emit({ type: 'error', error: cutStream() });
      emit({ type: 'response-end', finish: { reason: 'stop' } });
    },
  };
}

export const isFailure = (type: string, event: JsonObject): boolean =>
  type === 'error' || isObject(event['error']) || type.endsWith('.failed');

export const isDraft = (type: string): boolean => type.endsWith('.partial_image');

/** Compatible servers have names of their own for it: what brings a picture that is no draft has finished one. */
export const isFinished = (type: string, { b64_json: data, url }: JsonObject): boolean =>
  !isDraft(type) && (typeof data === 'string' || typeof url === 'string');

function readPicture(item: JsonObject, format: JsonValue | undefined): MediaPart | undefined {
  const { b64_json: data, url, revised_prompt: prompt } = item;
  const ext = typeof prompt === 'string' && prompt !== '' ? { ext: { [ID]: { revised_prompt: prompt } } } : {};
  if (typeof data === 'string' && data !== '') {
    const mediaType = sniffMediaType(data) ?? (typeof format === 'string' ? `image/${format}` : 'image/png');
    return { type: 'media', mediaType, source: { kind: 'base64', data }, ...ext };
  }
  if (typeof url !== 'string' || url === '') return undefined;
  return { type: 'media', source: { kind: 'url', url }, ...ext };
}
