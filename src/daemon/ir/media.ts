import { decodeBase64 } from './base64.js';

/** A `data:` URL of base64 data, taken apart. */
export interface DataUrl {
  /** Lower case, without parameters; absent when the URL named none. */
  readonly mediaType?: string;
  readonly data: string;
}

export const isDataUrl = (url: string): boolean => url.slice(0, 5).toLowerCase() === 'data:';

/** Reads a `data:` URL; `undefined` when it is none, or its data is not base64. */
export function parseDataUrl(url: string): DataUrl | undefined {
  const comma = url.indexOf(',');
  if (!isDataUrl(url) || comma === -1) return undefined;
  const [type = '', ...parameters] = url.slice(5, comma).split(';');
  if (parameters.at(-1)?.trim().toLowerCase() !== 'base64') return undefined;
  const mediaType = type.trim().toLowerCase();
  const data = url.slice(comma + 1);
  return mediaType === '' ? { data } : { mediaType, data };
}

export const printDataUrl = (mediaType: string, data: string): string => `data:${mediaType};base64,${data}`;

/** First characters of the base64 form of each format's magic bytes; none of them reaches into a following byte. */
const MAGIC: readonly (readonly [string, string])[] = [
  ['iVBORw0KG', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['SUkqA', 'image/tiff'],
  ['TU0AK', 'image/tiff'],
  ['JVBERi', 'application/pdf'],
  ['T2dnU', 'audio/ogg'],
  ['ZkxhQ', 'audio/flac'],
  ['SUQz', 'audio/mpeg'],
  ['GkXfo', 'video/webm'],
];

/** The media type that base64 data shows by its first bytes; `undefined` when they say nothing known. */
export function sniffMediaType(base64: string): string | undefined {
  const known = MAGIC.find(([magic]) => base64.startsWith(magic))?.[1];
  if (known !== undefined) return known;
  // Containers that name their content a few bytes later: RIFF (webp, wav, avi) and ISO media (mp4, heic, avif).
  const head = String.fromCharCode(...decodeBase64(base64.slice(0, 16)));
  if (head.startsWith('RIFF')) return RIFF_TYPES[head.slice(8, 12)];
  return head.slice(4, 8) === 'ftyp' ? (ISO_BRANDS[head.slice(8, 12)] ?? 'video/mp4') : undefined;
}

const RIFF_TYPES: Readonly<Record<string, string>> = {
  WEBP: 'image/webp',
  WAVE: 'audio/wav',
  'AVI ': 'video/x-msvideo',
};
const ISO_BRANDS: Readonly<Record<string, string>> = {
  heic: 'image/heic',
  mif1: 'image/heif',
  avif: 'image/avif',
  'M4A ': 'audio/mp4',
  'qt  ': 'video/quicktime',
};

const BY_EXTENSION: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  heic: 'image/heic',
  heif: 'image/heif',
  avif: 'image/avif',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  txt: 'text/plain',
  text: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  xml: 'text/xml',
  json: 'application/json',
  js: 'text/javascript',
  ts: 'text/plain',
  py: 'text/x-python',
  rtf: 'application/rtf',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  aac: 'audio/aac',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mov: 'video/quicktime',
  avi: 'video/x-msvideo',
  webm: 'video/webm',
};

/** The media type of a file name or a link's path by its extension, any case; `undefined` when it is not a known one. */
export function mediaTypeOfName(name: string): string | undefined {
  const path = name.split(/[?#]/, 1)[0] ?? '';
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase();
  // `in` would find `constructor` and its like.
  return extension !== undefined && Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}
