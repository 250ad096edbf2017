import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import { printDataUrl } from '../../ir/media.js';
import type { MediaPart, Part } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';
import { audioFormat, filenameFor, inlineType } from './media.js';
import { compact, DIALECT } from './wire.js';

/** Content of a user turn or a tool result, from another dialect. Thinking text in such a place is not ours to repeat. */
export function encodeContent(parts: readonly Part[], path: string, warn: EncodeRequestContext['warn']): JsonObject[] {
  return parts.flatMap((part, index) => {
    const at = `${path}[${index}]`;
    switch (part.type) {
      case 'text':
        return [{ type: 'input_text', text: part.text }];
      case 'media':
        return [encodeMedia(part, at)];
      default:
        warn({ path: at, reason: `a "${part.type}" block has no place here` });
        return [];
    }
  });
}

function encodeMedia(part: MediaPart, path: string): JsonObject {
  const { source, filename, detail = 'auto' } = part;
  switch (source.kind) {
    case 'file':
      if (source.origin !== DIALECT) throw new RequestFault('file_id is not supported across providers', path);
      return isImage(part)
        ? { type: 'input_image', file_id: source.id, detail }
        : { type: 'input_file', file_id: source.id };
    case 'url':
      refuseVideo(part.mediaType, path);
      return isImage(part)
        ? { type: 'input_image', image_url: source.url, detail }
        : compact({ type: 'input_file', filename, file_url: source.url });
    case 'base64':
      return encodeInline(part, source.data, path);
  }
}

/** A link without a stated type is an image: that is what links are for in most dialects. */
const isImage = ({ mediaType, filename }: MediaPart): boolean =>
  mediaType === undefined ? filename === undefined : mediaType.startsWith('image/');

function encodeInline(part: MediaPart, data: string, path: string): JsonObject {
  const type = inlineType(part, data, path);
  refuseVideo(type, path);
  if (type.startsWith('image/')) {
    return { type: 'input_image', image_url: printDataUrl(type, data), detail: part.detail ?? 'auto' };
  }
  if (type.startsWith('audio/')) return { type: 'input_audio', input_audio: { data, format: audioFormat(type) } };
  return { type: 'input_file', filename: part.filename ?? filenameFor(type), file_data: printDataUrl(type, data) };
}

function refuseVideo(mediaType: string | undefined, path: string): void {
  if (mediaType?.startsWith('video/')) throw new RequestFault('video is not supported by this upstream', path);
}
