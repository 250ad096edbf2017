import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import { mediaTypeOfName, sniffMediaType } from '../../ir/media.js';
import type { MediaPart } from '../../ir/request.js';
import { isVendorFile } from './decode-part.js';
import { ID } from './wire.js';

/** Says nothing about the content, so the content is asked. */
const VAGUE: ReadonlySet<string> = new Set(['application/octet-stream', 'binary/octet-stream', 'image/*', '*/*', '']);
const YOUTUBE = /^https?:\/\/((www|m)\.)?(youtube\.com|youtu\.be)\//i;

export interface MediaContext {
  readonly isVertex: boolean;
  /** Where the part stands in the client's request, for the fault. */
  readonly pathOf: (part: MediaPart) => string;
}

/**
 * `inlineData` or `fileData`.
 * @throws RequestFault for a file of another vendor, data of unknown type, or a link this endpoint cannot open.
 */
export function encodeMedia(part: MediaPart, context: MediaContext): JsonObject {
  const { source } = part;
  switch (source.kind) {
    case 'base64':
      return {
        inlineData: {
          mimeType: dataType(part, source.data, context),
          data: source.data,
          ...displayName(part, context),
        },
      };
    case 'file':
      if (source.origin === ID) return fileData(source.id, part.mediaType);
      throw new RequestFault('file_id is not supported across providers', context.pathOf(part));
    case 'url':
      return encodeLink(part, source.url, context);
  }
}

/** The Gemini API refuses it. */
const displayName = ({ filename }: MediaPart, { isVertex }: MediaContext): JsonObject =>
  filename === undefined || !isVertex ? {} : { displayName: filename };

function dataType(part: MediaPart, data: string, { pathOf }: MediaContext): string {
  const said = part.mediaType ?? '';
  const sniffed = sniffMediaType(data);
  // Clients often send a JPEG as image/png; Google believes the type and fails.
  if (said.startsWith('image/') && sniffed?.startsWith('image/')) return sniffed;
  if (!VAGUE.has(said)) return said;
  const known = sniffed ?? (part.filename === undefined ? undefined : mediaTypeOfName(part.filename));
  if (known !== undefined) return known;
  const name = part.filename === undefined ? 'the data' : `the file "${part.filename}"`;
  throw new RequestFault(`the media type of ${name} is not known`, pathOf(part), { code: 'unsupported_media_type' });
}

/** The Gemini API opens videos of YouTube and its own files; Vertex opens web addresses too. */
export const opensLink = (url: string, isVertex: boolean): boolean =>
  isVertex || YOUTUBE.test(url) || isVendorFile(url);

function encodeLink(part: MediaPart, url: string, { isVertex, pathOf }: MediaContext): JsonObject {
  if (YOUTUBE.test(url)) return fileData(url, part.mediaType ?? 'video/mp4');
  const isPublic = !isVendorFile(url);
  if (isVertex && (isPublic || url.startsWith('gs://'))) return fileData(url, linkType(part, url));
  if (!isPublic && !url.startsWith('gs://') && /^https:/i.test(url)) return fileData(url, part.mediaType);
  throw new RequestFault('this model cannot open a link; send the data itself', pathOf(part), {
    code: 'unsupported_media_link',
  });
}

/** Vertex wants a type with every link; one that names none is nearly always a picture on a content server. */
function linkType(part: MediaPart, url: string): string {
  const said = part.mediaType ?? '';
  return VAGUE.has(said) ? (mediaTypeOfName(url) ?? 'image/jpeg') : said;
}

const fileData = (fileUri: string, mimeType: string | undefined): JsonObject => ({
  fileData: mimeType === undefined ? { fileUri } : { mimeType, fileUri },
});
