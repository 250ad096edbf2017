import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import { printDataUrl, sniffMediaType } from '../../ir/media.js';
import type { MediaPart, Part } from '../../ir/request.js';
import type { Warning } from '../dialect.js';
import { OPENAI_CHAT } from './wire.js';

/** What a place in a conversation of another dialect needs to be printed. */
export interface PartContext {
  /** Where the part stands, for warnings and faults. */
  readonly path: string;
  readonly warn: (warning: Warning) => void;
}

/** Text and media as content parts; empty text and what has no place here are left out, the latter with a warning. */
export function encodeParts(parts: readonly Part[], context: PartContext): JsonObject[] {
  return parts.flatMap((part) => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{ type: 'text', text: part.text }];
      case 'media':
        return [encodeMedia(part, context)];
      default:
        context.warn({ path: context.path, reason: `a ${describe(part)} has no place in Chat Completions` });
        return [];
    }
  });
}

export const describe = (part: Part): string =>
  part.type === 'native' ? `block of ${part.dialect}` : `${part.type} part`;

/** A single text stands as a string, which every compatible server takes. */
export function contentOf(parts: readonly JsonObject[]): JsonValue {
  const [first, second] = parts;
  if (first === undefined) return '';
  return second === undefined && typeof first['text'] === 'string' ? first['text'] : parts;
}

export const isImage = ({ mediaType, source }: MediaPart): boolean =>
  mediaType?.startsWith('image/') ?? (source.kind === 'url' || sniffed(source)?.startsWith('image/') === true);

const sniffed = (source: MediaPart['source']): string | undefined =>
  source.kind === 'base64' ? sniffMediaType(source.data) : undefined;

/** @throws RequestFault for what would change the request's meaning if it were dropped. */
export function encodeMedia(part: MediaPart, { path }: PartContext): JsonObject {
  const { source, filename } = part;
  const named = filename === undefined ? {} : { filename };
  if (source.kind === 'file') {
    if (source.origin !== OPENAI_CHAT) {
      throw new RequestFault('file_id is not supported across providers', path, { code: 'file_id_not_supported' });
    }
    return { type: 'file', file: { ...named, file_id: source.id } };
  }
  const mediaType = known(part.mediaType) ?? sniffed(source);
  if (source.kind === 'url') {
    if (mediaType === undefined || mediaType.startsWith('image/')) return imageUrl(source.url, part);
    if (mediaType.startsWith('video/')) return { type: 'video_url', video_url: { url: source.url } };
    throw new RequestFault(`a link to ${mediaType} cannot be sent in Chat Completions; send its data`, path, {
      code: 'unsupported_media',
    });
  }
  if (mediaType === undefined) {
    throw new RequestFault('the media type of this data is not known', path, { code: 'unknown_media_type' });
  }
  const { data } = source;
  const url = printDataUrl(mediaType, data);
  if (mediaType.startsWith('image/')) return imageUrl(url, part);
  if (mediaType.startsWith('video/')) return { type: 'video_url', video_url: { url } };
  if (mediaType.startsWith('audio/'))
    return { type: 'input_audio', input_audio: { data, format: audioFormat(mediaType) } };
  return { type: 'file', file: { filename: filename ?? `file.${mediaType.split('/')[1] ?? 'bin'}`, file_data: url } };
}

const known = (mediaType: string | undefined): string | undefined =>
  mediaType === 'application/octet-stream' ? undefined : mediaType;

const imageUrl = (url: string, { detail }: MediaPart): JsonObject => ({
  type: 'image_url',
  image_url: { url, ...(detail === undefined ? {} : { detail }) },
});

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  mpeg: 'mp3',
  'x-wav': 'wav',
  wave: 'wav',
  pcm: 'pcm16',
  l16: 'pcm16',
  basic: 'g711_ulaw',
};

function audioFormat(mediaType: string): string {
  const subtype = mediaType.slice('audio/'.length).split(';')[0] ?? '';
  return Object.hasOwn(AUDIO_FORMATS, subtype) ? (AUDIO_FORMATS[subtype] ?? subtype) : subtype;
}
