import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import { sniffMediaType } from '../../ir/media.js';
import type { MediaPart } from '../../ir/request.js';

/** The only formats the service knows, by media type. */
const FORMATS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

// Limits of AWS's own client.
const MAX_IMAGES = 10;
const MAX_IMAGE_BYTES = 10 * 1024 * 1024;

/** An image as Kiro takes it. @throws RequestFault for everything that it cannot look at. */
export function encodeImage({ source, mediaType }: MediaPart): JsonObject {
  if (source.kind !== 'base64') {
    throw new RequestFault('this model takes images as data only, not by id or link', 'messages');
  }
  const type = mediaType ?? sniffMediaType(source.data);
  const format = type !== undefined && Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (format === undefined) {
    throw new RequestFault(`this model takes PNG, JPEG, GIF and WebP images, not ${type ?? 'this'}`, 'messages');
  }
  if (source.data.length * 0.75 > MAX_IMAGE_BYTES) {
    throw new RequestFault('an image is larger than the 10 MB this model takes', 'messages', {
      reason: 'too-large',
      status: 413,
    });
  }
  return { format, source: { bytes: source.data } };
}

export interface WithImages {
  readonly texts: string[];
  images: JsonObject[];
}

/** Keeps the newest images where a conversation has more than one request may hold; older turns say that one was there. */
export function limitImages(turns: readonly WithImages[]): boolean {
  let left = MAX_IMAGES;
  let isCut = false;
  for (const turn of turns.toReversed()) {
    const kept = left === 0 ? [] : turn.images.slice(-left);
    const dropped = turn.images.length - kept.length;
    left -= kept.length;
    if (dropped === 0) continue;
    isCut = true;
    turn.images = kept;
    turn.texts.push(
      dropped === 1 ? '[an image that is no longer shown]' : `[${dropped} images that are no longer shown]`,
    );
  }
  return isCut;
}
