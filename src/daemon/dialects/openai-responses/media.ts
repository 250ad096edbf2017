import { RequestFault } from '../../ir/error.js';
import { ownValue } from '../../ir/json.js';
import { type DataUrl, isDataUrl, mediaTypeOfName, parseDataUrl, sniffMediaType } from '../../ir/media.js';
import type { MediaPart } from '../../ir/request.js';

/**
 * Reads `data:` URLs; `undefined` for any other text.
 * @throws RequestFault when the data is not base64.
 */
export function readDataUrl(url: string, path: string): (DataUrl & { readonly prefix: string }) | undefined {
  if (!isDataUrl(url)) return undefined;
  const parsed = parseDataUrl(url);
  if (parsed === undefined) throw new RequestFault('only base64 data URLs are supported', path);
  return { ...parsed, prefix: url.slice(0, url.length - parsed.data.length) };
}

/** A filename for a document that came without one; the API wants one beside inline data. */
export function filenameFor(mediaType: string): string {
  if (mediaType === 'application/pdf') return 'document.pdf';
  return mediaType.startsWith('text/') ? 'document.txt' : 'document';
}

/**
 * The type of inline data. For images the bytes are believed over the label; a missing label is looked for in the bytes,
 * then in the filename.
 * @throws RequestFault when nothing tells the type.
 */
export function inlineType({ mediaType, filename }: MediaPart, data: string, path: string): string {
  const stated = mediaType === 'application/octet-stream' ? undefined : mediaType;
  if (stated !== undefined && !stated.startsWith('image/')) return stated;
  const type = sniffMediaType(data) ?? stated ?? (filename === undefined ? undefined : mediaTypeOfName(filename));
  if (type === undefined) throw new RequestFault('the type of the data is unknown; state its MIME type', path);
  return type;
}

const FORMAT_OF_AUDIO: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/x-wav': 'wav',
  'audio/pcm': 'pcm16',
};
const AUDIO_OF_FORMAT: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  pcm16: 'audio/pcm',
  g711_ulaw: 'audio/basic',
  g711_alaw: 'audio/basic',
};

export const audioFormat = (mediaType: string): string =>
  ownValue(FORMAT_OF_AUDIO, mediaType) ?? mediaType.slice(mediaType.indexOf('/') + 1);

export const audioType = (format: string | undefined): string =>
  format === undefined ? 'audio/wav' : (ownValue(AUDIO_OF_FORMAT, format) ?? `audio/${format}`);
