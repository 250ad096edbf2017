import { printDataUrl } from '../../ir/media.js';
import type { MediaPart } from '../../ir/request.js';

/** An answer of this dialect has no block for a picture, but what shows its text shows Markdown (gemini.md 9.4). */
const HEAD = '![image](data:image/';
const DRAWN = /^!\[image\]\(data:(image\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=]+)\)$/;

/** A picture that the model drew, as the text of a block of its own. */
export const printDrawn = (mediaType: string, data: string): string => `![image](${printDataUrl(mediaType, data)})`;

/** The picture in a text block that came back; `undefined`: it is just text. */
export function readDrawn(text: string): Pick<MediaPart, 'mediaType' | 'source'> | undefined {
  if (!text.startsWith(HEAD)) return undefined;
  const [, mediaType, data] = DRAWN.exec(text) ?? [];
  return mediaType === undefined || data === undefined ? undefined : { mediaType, source: { kind: 'base64', data } };
}
