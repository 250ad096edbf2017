import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { isDataUrl, parseDataUrl, sniffMediaType } from '../../ir/media.js';
import type { MediaPart } from '../../ir/request.js';

/** OpenAI's limit of one edit. */
const MAX_INPUTS = 16;

/**
 * The pictures to change: `images: [{image_url}]` as the API documents it for JSON, or `image` with what a form would have
 * held, as some clients send it.
 * @throws RequestFault for none, too many, and what is not a picture.
 */
export function decodeInputs({ images, image }: JsonObject): MediaPart[] {
  const key = images === undefined || images === null ? 'image' : 'images';
  const given = key === 'images' ? images : image;
  if (given === undefined || given === null) {
    throw new RequestFault('image is required', 'image', { code: 'missing_required_parameter' });
  }
  const list: readonly JsonValue[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw new RequestFault('image is required', key, { code: 'missing_required_parameter' });
  if (list.length > MAX_INPUTS) {
    throw new RequestFault(`${key} holds more than ${MAX_INPUTS} images`, key, { code: 'invalid_value' });
  }
  return list.map((item, index) => decodePicture(item, Array.isArray(given) ? `${key}[${index}]` : key));
}

/** The mask as it came, once it is known to be a picture. */
export function decodeMask(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  decodePicture(value, 'mask');
  return urlOf(value);
}

function decodePicture(value: JsonValue, path: string): MediaPart {
  if (isObject(value) && value['file_id'] !== undefined && value['file_id'] !== null) {
    throw new RequestFault('file ids of a vendor are not known here; send the image itself', `${path}.file_id`, {
      code: 'file_id_not_supported',
    });
  }
  const url = urlOf(value);
  const at = isObject(value) ? `${path}.image_url` : path;
  if (url === undefined) {
    throw new RequestFault(`${path} must have an image_url: a data URL or a link`, path, { code: 'invalid_type' });
  }
  if (!isDataUrl(url)) {
    if (/^https?:\/\//i.test(url)) return { type: 'media', source: { kind: 'url', url } };
    throw new RequestFault(`${at} is neither a data URL nor an http link`, at, { code: 'invalid_value' });
  }
  const parsed = parseDataUrl(url);
  if (parsed === undefined || parsed.data === '') {
    throw new RequestFault(`${at} is not a data URL of base64 data`, at, { code: 'invalid_value' });
  }
  // Clients label what they upload by its name, if at all: the bytes are believed first.
  const mediaType = sniffMediaType(parsed.data) ?? parsed.mediaType;
  if (mediaType?.startsWith('image/') !== true) {
    throw new RequestFault(`${path} is not an image`, path, { code: 'invalid_image' });
  }
  return { type: 'media', mediaType, source: { kind: 'base64', data: parsed.data } };
}

/** `"..."`, `{image_url: "..."}`, or the form that chat clients know: `{image_url: {url: "..."}}`. */
function urlOf(value: JsonValue): string | undefined {
  const url = isObject(value) ? value['image_url'] : value;
  const text = isObject(url) ? url['url'] : url;
  return typeof text === 'string' && text !== '' ? text : undefined;
}
