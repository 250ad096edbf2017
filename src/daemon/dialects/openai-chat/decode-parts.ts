import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { isDataUrl, mediaTypeOfName, parseDataUrl, sniffMediaType } from '../../ir/media.js';
import type { Carried, MediaPart, Part } from '../../ir/request.js';
import { encodeOwnPart } from './encode-own-parts.js';
import { isReasoningPart, reasoningOfPart } from './reasoning.js';
import { extensionOf, type Fields, isSameJson, OPENAI_CHAT, objectOf, openFields, textOf } from './wire.js';

/**
 * Reads one content part. A part that our encoder would spell in another way keeps its original as the hint `$part`.
 * @throws RequestFault naming the member that is malformed.
 */
export function decodePart(value: JsonValue, path: string): Part {
  const part = readPart(value, path);
  if (part.type === 'native' || isSameJson(encodeOwnPart(part), value)) return part;
  const { cache } = part;
  return { ...part, ...(cache === undefined ? {} : { cache }), ...extensionOf({ $part: value }) };
}

function readPart(value: JsonValue, path: string): Part {
  const fields = openFields(value, path);
  const type = fields.requiredString('type');
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: fields.requiredString('text'), ...carried(fields) };
    case 'refusal':
      return { type: 'text', text: fields.requiredString('refusal'), refusal: true, ...carried(fields) };
    case 'image_url':
      return readLink(fields, 'image_url');
    case 'video_url':
      return readLink(fields, 'video_url');
    case 'input_audio':
      return readAudio(fields);
    case 'file':
      return readFile(fields);
    default:
      if (isObject(value) && isReasoningPart(value))
        return { type: 'reasoning', text: reasoningOfPart(value).join('') };
      return { type: 'native', dialect: OPENAI_CHAT, value: { type, ...fields.rest } };
  }
}

/** What is left of a part, and the cache breakpoint that stands in it. */
function carried(fields: Fields, hints: JsonObject = {}): Carried {
  return { ...cacheOf(fields.rest), ...extensionOf(fields.rest, hints) };
}

/** Anthropic's `cache_control`, which many clients send through, and OpenAI's own breakpoint. */
export function cacheOf(rest: JsonObject): Pick<Carried, 'cache'> {
  const control = objectOf(rest['cache_control']);
  if (control?.['ttl'] === '1h') return { cache: { ttlSeconds: 3600 } };
  if (control?.['ttl'] === '5m') return { cache: { ttlSeconds: 300 } };
  return control === undefined && objectOf(rest['prompt_cache_breakpoint']) === undefined ? {} : { cache: {} };
}

function readLink(fields: Fields, key: 'image_url' | 'video_url'): MediaPart {
  const path = fields.at(key);
  // Some clients send the link itself in place of the object.
  const short = typeof fields.rest[key] === 'string' ? fields.string(key) : undefined;
  const link = openFields(short === undefined ? fields.value(key) : { url: short }, path);
  const media = readUrl(link.requiredString('url'), key, link.at('url'));
  const detail = link.string('detail');
  return {
    type: 'media',
    ...media,
    ...(detail === undefined ? {} : { detail }),
    ...carried(fields, { $kind: key, ...(isEmpty(link.rest) ? {} : { $inner: link.rest }) }),
  };
}

const isEmpty = (object: JsonObject): boolean => Object.keys(object).length === 0;

function readUrl(url: string, key: 'image_url' | 'video_url', path: string): Pick<MediaPart, 'source' | 'mediaType'> {
  const family = key === 'image_url' ? 'image/' : 'video/';
  if (!isDataUrl(url)) {
    const named = mediaTypeOfName(url);
    const mediaType = named?.startsWith(family) ? named : key === 'video_url' ? 'video/mp4' : undefined;
    return { source: { kind: 'url', url }, ...(mediaType === undefined ? {} : { mediaType }) };
  }
  const parsed = parseDataUrl(url);
  if (parsed === undefined) {
    throw new RequestFault(`${path} must be a link or a base64 data URL`, path, { code: 'invalid_data_url' });
  }
  const mediaType = parsed.mediaType ?? sniffMediaType(parsed.data);
  return { source: { kind: 'base64', data: parsed.data }, ...(mediaType === undefined ? {} : { mediaType }) };
}

const AUDIO_TYPES: Readonly<Record<string, string>> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  aac: 'audio/aac',
  webm: 'audio/webm',
  pcm16: 'audio/pcm',
  g711_ulaw: 'audio/basic',
  g711_alaw: 'audio/basic',
};

function readAudio(fields: Fields): MediaPart {
  const audio = openFields(fields.requiredObject('input_audio'), fields.at('input_audio'));
  const data = audio.requiredString('data');
  const format = audio.string('format');
  const mediaType = Object.hasOwn(AUDIO_TYPES, format ?? 'wav') ? AUDIO_TYPES[format ?? 'wav'] : `audio/${format}`;
  return {
    type: 'media',
    ...(mediaType === undefined ? {} : { mediaType }),
    source: { kind: 'base64', data },
    ...carried(fields, {
      $kind: 'input_audio',
      ...(format === undefined ? {} : { $format: format }),
      ...(isEmpty(audio.rest) ? {} : { $inner: audio.rest }),
    }),
  };
}

function readFile(fields: Fields): MediaPart {
  const file = openFields(fields.requiredObject('file'), fields.at('file'));
  const filename = file.string('filename');
  const named = filename === undefined ? {} : { filename };
  const data = file.string('file_data');
  if (data === undefined) {
    const id = file.requiredString('file_id');
    const extra = carried(fields, { $kind: 'file', ...(isEmpty(file.rest) ? {} : { $inner: file.rest }) });
    return { type: 'media', ...named, source: { kind: 'file', id, origin: OPENAI_CHAT }, ...extra };
  }
  const content = readFileData(data, filename, file);
  return {
    type: 'media',
    mediaType: content.mediaType,
    ...named,
    source: { kind: 'base64', data: content.data },
    ...carried(fields, {
      $kind: 'file',
      ...(content.isBare ? { $bare: true } : {}),
      ...(isEmpty(file.rest) ? {} : { $inner: file.rest }),
    }),
  };
}

function readFileData(
  value: string,
  filename: string | undefined,
  file: Fields,
): { readonly data: string; readonly mediaType: string; readonly isBare: boolean } {
  const isBare = !isDataUrl(value);
  const parsed = isBare ? { data: value } : parseDataUrl(value);
  if (parsed === undefined) {
    const path = file.at('file_data');
    throw new RequestFault(`${path} must be base64, or a base64 data URL`, path, { code: 'invalid_data_url' });
  }
  const declared = 'mediaType' in parsed ? textOf(parsed.mediaType) : undefined;
  const mediaType = declared ?? mediaTypeOfName(filename ?? '') ?? sniffMediaType(parsed.data);
  if (mediaType === undefined) {
    throw new RequestFault(
      `the media type of ${filename === undefined ? 'a file without filename' : `file "${filename}"`} is not known; send file_data as a data URL`,
      file.path,
      { code: 'unknown_media_type' },
    );
  }
  return { data: parsed.data, mediaType, isBare };
}
