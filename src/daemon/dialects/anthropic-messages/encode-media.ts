import { decodeBase64Text } from '../../ir/base64.js';
import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import { mediaTypeOfName, sniffMediaType } from '../../ir/media.js';
import type { MediaPart } from '../../ir/request.js';
import { ID } from './wire.js';

const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const PDF = 'application/pdf';
/** Text under another name; the vendor knows `text/plain` only. */
const TEXT = /^(text\/|application\/(json|xml|yaml|x-yaml|toml|javascript)$)/;

/**
 * Prints an image or document.
 * @throws RequestFault for what the vendor cannot take: audio, video, unknown data, another provider's file id.
 */
export function encodeMedia(part: MediaPart, path: string): JsonObject {
  const { source } = part;
  switch (source.kind) {
    case 'file':
      if (source.origin !== ID) throw new RequestFault('file_id is not supported across providers', path);
      return fileBlock(part, source.id);
    case 'url':
      return linkBlock(part, source.url, path);
    case 'base64':
      return dataBlock(part, source.data, path);
  }
}

const document = (part: MediaPart, source: JsonObject): JsonObject => ({
  type: 'document',
  source,
  ...(part.filename === undefined ? {} : { title: part.filename }),
});

function fileBlock(part: MediaPart, id: string): JsonObject {
  const source = { type: 'file', file_id: id };
  return part.mediaType?.startsWith('image/') === true ? { type: 'image', source } : document(part, source);
}

/** A link without a media type is an image unless its name says otherwise: clients link little else. */
function linkBlock(part: MediaPart, url: string, path: string): JsonObject {
  const mediaType = part.mediaType ?? mediaTypeOfName(url) ?? 'image/*';
  const source = { type: 'url', url };
  if (mediaType === PDF) return document(part, source);
  if (mediaType.startsWith('image/')) return { type: 'image', source };
  throw unsupported(mediaType, path);
}

function dataBlock(part: MediaPart, data: string, path: string): JsonObject {
  const mediaType = typeOf(part, data);
  if (mediaType === undefined) throw new RequestFault('the media type of this data is unknown', path);
  if (IMAGES.has(mediaType)) return { type: 'image', source: { type: 'base64', media_type: mediaType, data } };
  if (mediaType === PDF) return document(part, { type: 'base64', media_type: mediaType, data });
  if (!TEXT.test(mediaType)) throw unsupported(mediaType, path);
  const text = decodeBase64Text(data);
  return document(part, { type: 'text', media_type: 'text/plain', data: text });
}

/** Images are often declared wrongly, and a wrong type is refused: their first bytes decide. */
function typeOf({ mediaType, filename }: MediaPart, data: string): string | undefined {
  if (mediaType === PDF || (mediaType !== undefined && TEXT.test(mediaType))) return mediaType;
  const named = mediaType === 'image/jpg' ? 'image/jpeg' : mediaType;
  return sniffMediaType(data) ?? known(named) ?? mediaTypeOfName(filename ?? '');
}

const known = (mediaType: string | undefined): string | undefined =>
  mediaType === 'application/octet-stream' ? undefined : mediaType;

const unsupported = (mediaType: string, path: string): RequestFault =>
  new RequestFault(`${mediaType} is not supported by the Messages API`, path);
