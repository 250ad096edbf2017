import type { ImageOptions } from '../../ir/image.js';
import type { JsonObject } from '../../ir/json.js';
import type { MediaPart } from '../../ir/request.js';
import type { EncodeContext } from '../dialect.js';

export interface PrintedImage {
  readonly mediaType: string;
  /** `b64_json`, or `url` where that was asked for and can be given. */
  readonly members: JsonObject;
}

/** A finished picture as the client wants to get it. One that a vendor only links to is passed on as the link. */
export function printImage({ mediaType = 'image/png', source }: MediaPart, context: EncodeContext): PrintedImage {
  if (source.kind === 'base64') return { mediaType, members: printData(mediaType, source.data, context) };
  return { mediaType, members: { url: source.kind === 'url' ? source.url : source.id } };
}

export function printData(
  mediaType: string,
  data: string,
  { request, keepImage }: Pick<EncodeContext, 'request' | 'keepImage'>,
): JsonObject {
  const url = request.image?.delivery === 'url' ? keepImage?.({ mediaType, data }) : undefined;
  // The picture itself is better than no picture.
  return url === undefined ? { b64_json: data } : { url };
}

/** What the API repeats of the request: the format is the picture's own, the rest as it was asked for. */
export const printSettings = (mediaType: string, options: ImageOptions | undefined): JsonObject => ({
  background: options?.background ?? 'auto',
  output_format: mediaType.startsWith('image/') ? mediaType.slice('image/'.length) : 'png',
  quality: options?.quality ?? 'auto',
  size: options?.size ?? 'auto',
});

/** The vendor's own wording of what it drew: what the Responses API says of its picture, or else the text beside it. */
export function revisedPrompt({ ext }: MediaPart, text: string): JsonObject {
  const own = ext?.['openai-responses']?.['revised_prompt'] ?? ext?.['openai-images']?.['revised_prompt'];
  const prompt = typeof own === 'string' && own !== '' ? own : text.trim();
  return prompt === '' ? {} : { revised_prompt: prompt };
}
