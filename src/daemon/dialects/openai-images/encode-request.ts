import type { JsonObject } from '../../ir/json.js';
import { printDataUrl } from '../../ir/media.js';
import type { MediaPart, ModelRequest } from '../../ir/request.js';
import type { EncodedRequest } from '../dialect.js';

/** Prints a request as JSON, pictures to change as data URLs. */
export function encodeRequest({ model, messages, image, userId, stream }: ModelRequest): EncodedRequest {
  const parts = messages.flatMap(({ content }) => content);
  const prompt = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const inputs = parts.filter((part) => part.type === 'media').map((part) => ({ image_url: urlOf(part) }));
  const body: JsonObject = {
    model,
    prompt,
    images: inputs.length === 0 ? undefined : inputs,
    mask: image?.mask === undefined ? undefined : { image_url: image.mask },
    n: image?.count,
    size: image?.size,
    quality: image?.quality,
    style: image?.style,
    background: image?.background,
    output_format: image?.outputFormat,
    output_compression: image?.outputCompression,
    moderation: image?.moderation,
    input_fidelity: image?.inputFidelity,
    // Only streams have them.
    partial_images: stream ? image?.partialImages : undefined,
    response_format: image?.delivery === 'url' ? 'url' : undefined,
    user: userId,
    stream: stream ? true : undefined,
  };
  return { body, restore: {} };
}

function urlOf({ mediaType = 'image/png', source }: MediaPart): string {
  switch (source.kind) {
    case 'base64':
      return printDataUrl(mediaType, source.data);
    case 'url':
      return source.url;
    case 'file':
      return source.id;
  }
}
