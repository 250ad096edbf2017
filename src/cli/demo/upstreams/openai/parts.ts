import { decodeBase64, type Media, splitDataUrl } from '../media.js';
import { refuse } from './errors.js';
import { IMAGE_TYPES } from './schema.js';

/** An image by data URL or link. */
export function readImageUrl(url: string, param: string): Media {
  if (/^https?:\/\//.test(url)) return { mimeType: 'image/png', bytes: undefined };
  const split = splitDataUrl(url);
  if (split === undefined) {
    return refuse(
      `Invalid '${param}'. Expected a valid URL, but got a value with an invalid format.`,
      param,
      'invalid_value',
    );
  }
  const decoded = decodeBase64(split.data);
  if (decoded === undefined) {
    return refuse(
      `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got an invalid base64-encoded value.`,
      param,
      'invalid_value',
    );
  }
  if (!IMAGE_TYPES.has(split.mimeType)) {
    return refuse(
      `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type '${split.mimeType}'.`,
      param,
      'invalid_value',
    );
  }
  return { mimeType: split.mimeType, bytes: decoded.bytes };
}

/** A file by data URL; OpenAI takes no bare base64. */
export function readFileData(data: string, param: string): Media {
  const split = splitDataUrl(data);
  const decoded = split === undefined ? undefined : decodeBase64(split.data);
  if (split === undefined || decoded === undefined) {
    return refuse(
      `Invalid '${param}'. Expected a base64-encoded data URL with an application/pdf MIME type (e.g. 'data:application/pdf;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value without the 'data:' prefix.`,
      param,
      'invalid_value',
    );
  }
  return { mimeType: split.mimeType, bytes: decoded.bytes };
}
