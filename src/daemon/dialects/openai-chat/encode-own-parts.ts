import type { JsonObject } from '../../ir/json.js';
import { printDataUrl } from '../../ir/media.js';
import type { MediaPart, Part } from '../../ir/request.js';
import { objectOf, ownExtension, textOf } from './wire.js';

/** Prints a part as the client had written it; `undefined` for one that did not stand in `content`. */
export function encodeOwnPart(part: Part): JsonObject | undefined {
  const { fields, hints } = ownExtension(part.ext);
  const original = objectOf(hints['$part']);
  if (original !== undefined) return original;
  switch (part.type) {
    case 'text':
      return part.refusal === true
        ? { type: 'refusal', refusal: part.text, ...fields }
        : { type: 'text', text: part.text, ...fields };
    case 'media':
      return { ...ownMedia(part, hints), ...fields };
    case 'native':
      return part.value;
    case 'reasoning':
      return { type: 'reasoning', text: part.text, ...fields };
    default:
      return undefined;
  }
}

function ownMedia(part: MediaPart, hints: JsonObject): JsonObject {
  const inner = objectOf(hints['$inner']) ?? {};
  const { source, mediaType = 'application/octet-stream', filename } = part;
  switch (hints['$kind']) {
    case 'input_audio': {
      const format = textOf(hints['$format']);
      const data = source.kind === 'base64' ? source.data : '';
      return { type: 'input_audio', input_audio: { data, ...(format === undefined ? {} : { format }), ...inner } };
    }
    case 'file': {
      const named = filename === undefined ? {} : { filename };
      if (source.kind === 'file') return { type: 'file', file: { ...named, file_id: source.id, ...inner } };
      const data = source.kind === 'base64' ? source.data : source.url;
      const text = hints['$bare'] === true ? data : printDataUrl(mediaType, data);
      return { type: 'file', file: { ...named, file_data: text, ...inner } };
    }
    default: {
      const key = hints['$kind'] === 'video_url' ? 'video_url' : 'image_url';
      const url = source.kind === 'base64' ? printDataUrl(mediaType, source.data) : urlOf(part);
      return { type: key, [key]: { url, ...(part.detail === undefined ? {} : { detail: part.detail }), ...inner } };
    }
  }
}

const urlOf = ({ source }: MediaPart): string => (source.kind === 'url' ? source.url : '');
