import type { ModelResponse } from '../../ir/event.js';
import { isImage } from '../../ir/image-answer.js';
import type { JsonObject } from '../../ir/json.js';
import type { EncodeContext } from '../dialect.js';
import { printImage, printSettings, revisedPrompt } from './print-image.js';
import { encodeUsage } from './usage.js';

/** Prints a whole answer: the pictures in the order they were drawn. */
export function encodeResponse({ content, usage, ext }: ModelResponse, context: EncodeContext): JsonObject {
  const { request, now } = context;
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const images = content.filter(isImage).map((part) => ({ part, printed: printImage(part, context) }));
  const figures = encodeUsage(usage, request, ext);
  return {
    created: Math.floor(now() / 1000),
    data: images.map(({ part, printed }) => ({ ...printed.members, ...revisedPrompt(part, text) })),
    ...printSettings(images[0]?.printed.mediaType ?? 'image/png', request.image),
    ...(figures === undefined ? {} : { usage: figures }),
  };
}
