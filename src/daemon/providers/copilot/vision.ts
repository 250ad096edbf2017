import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonValue } from '../../ir/json.js';

const MARKERS = ['"image_url"', '"input_image"', '"image"'];
const IMAGE_TYPES: ReadonlySet<JsonValue | undefined> = new Set(['image_url', 'input_image', 'image']);

/** Whether there is an image anywhere in the conversation, inside tool results too. */
export function hasImage(body: WireBody): boolean {
  const { bytes } = body;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Cheap, and never wrong when it finds nothing: quotes inside a text are escaped.
  if (!MARKERS.some((marker) => view.includes(marker))) return false;
  return isImageIn(body.get('messages')) || isImageIn(body.get('input'));
}

/** The members that hold content; a tool's schema or a call's arguments may speak of images without being one. */
function isImageIn(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(isImageIn);
  if (!isObject(value)) return false;
  return IMAGE_TYPES.has(value['type']) || isImageIn(value['content']) || isImageIn(value['output']);
}
