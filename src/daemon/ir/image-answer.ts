import type { FailureFacts } from './error.js';
import type { EventSink, Finish, ModelResponse } from './event.js';
import type { ModelInfo } from './model.js';
import type { MediaPart, Part } from './request.js';

/** Pictures are all it makes: it cannot hold a conversation. */
export const isImageOnly = ({ outputModalities = [] }: ModelInfo): boolean =>
  outputModalities.length > 0 && outputModalities.every((modality) => modality === 'image');

/** One that no list knows is taken by its name. */
export const drawsImages = ({ id, outputModalities, userDefined }: ModelInfo): boolean =>
  outputModalities?.includes('image') ?? (userDefined && id.toLowerCase().includes('image'));

/**
 * Passes an answer on, but one that ends without a picture as the failure it is: the vendor would have been paid for words,
 * and the client would look for a picture that is not there.
 */
export function requireImage(emit: EventSink): EventSink {
  let hasImage = false;
  let text = '';
  return (event) => {
    if (event.type === 'text-delta' && text.length < MAX_QUOTED) text += event.text;
    if (event.type === 'part') hasImage ||= isImage(event.part);
    if (event.type !== 'response-end' || hasImage) return emit(event);
    emit({ type: 'error', error: noImage(event.finish, text) });
  };
}

/** The same for an answer that is there as a whole; `undefined`: it has a picture. */
export function lackOfImage({ content, finish }: ModelResponse): FailureFacts | undefined {
  if (content.some(isImage)) return undefined;
  return noImage(finish, content.map((part) => (part.type === 'text' ? part.text : '')).join(''));
}

export const isImage = (part: Part): part is MediaPart =>
  part.type === 'media' && part.mediaType?.startsWith('image/') !== false;

/** How much of what the model said instead of drawing is told. */
const MAX_QUOTED = 300;

/** Nobody's account is to blame, and another one would hardly draw it (gemini.md 9.3: 502 with the reason). */
function noImage({ reason, raw }: Finish, text: string): FailureFacts {
  const isBlocked = reason === 'content-filter' || reason === 'refusal';
  const why = raw === undefined || reason === 'stop' ? '' : ` (${raw})`;
  const said = text.trim().slice(0, MAX_QUOTED);
  return {
    reason: isBlocked ? 'content-policy' : 'invalid-request',
    status: 502,
    code: isBlocked ? 'image_blocked' : 'no_image',
    message: `upstream did not return image output${why}${said === '' ? '' : `; the model said: ${said}`}`,
  };
}
