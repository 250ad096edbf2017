import type { ModelEvent } from '../../ir/event.js';
import { isImage } from '../../ir/image-answer.js';
import type { JsonObject } from '../../ir/json.js';
import type { MediaPart } from '../../ir/request.js';
import { mergeUsage, type Usage } from '../../ir/usage.js';
import type { EncodeContext, FrameSink, StreamEncoder } from '../dialect.js';
import { encodeStreamError } from './errors.js';
import { printData, printImage, printSettings } from './print-image.js';
import { encodeUsage } from './usage.js';

/**
 * Writes the events of the Images API: drafts as they come, as many as were asked for, and one event for each finished
 * picture. The last picture waits for the end, because its event tells the usage.
 */
export function openEncoder(context: EncodeContext): StreamEncoder {
  const { request, now } = context;
  const options = request.image;
  const kind = options?.action === 'edit' ? 'image_edit' : 'image_generation';
  let drafts = 0;
  let usage: Usage | undefined;
  let last: MediaPart | undefined;

  const write = (step: string, mediaType: string, members: JsonObject, out: FrameSink): void => {
    const type = `${kind}.${step}`;
    const settings = printSettings(mediaType, options);
    out(type, JSON.stringify({ type, ...members, created_at: Math.floor(now() / 1000), ...settings }));
  };
  const complete = (part: MediaPart, figures: JsonObject | undefined, out: FrameSink): void => {
    const { mediaType, members } = printImage(part, context);
    write('completed', mediaType, { ...members, ...(figures === undefined ? {} : { usage: figures }) }, out);
  };
  const takePart = (event: Extract<ModelEvent, { type: 'part' }>, out: FrameSink): void => {
    if (!isImage(event.part)) return;
    if (last !== undefined) complete(last, undefined, out);
    last = event.part;
  };

  return {
    write(event, out) {
      switch (event.type) {
        case 'image-draft': {
          if (drafts >= (options?.partialImages ?? 0)) return;
          const { mediaType, data } = event;
          const members = { ...printData(mediaType, data, context), partial_image_index: drafts++ };
          return write('partial_image', mediaType, members, out);
        }
        case 'part':
          return takePart(event, out);
        case 'usage':
          usage = mergeUsage(usage, event.usage);
          return;
        case 'response-end':
          if (last !== undefined) complete(last, encodeUsage(usage, request, event.ext), out);
          return;
        case 'error':
          return encodeStreamError(event.error, out);
        default:
          return; // this dialect shows nothing but pictures
      }
    },
  };
}
