import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import { isDataUrl, parseDataUrl } from '../../ir/media.js';
import type { Citation, MediaPart, Part } from '../../ir/request.js';
import type { Restore } from '../dialect.js';
import { isReasoningPart } from './reasoning.js';
import { isArray, listOf, OPENAI_CHAT, objectOf, textOf } from './wire.js';

/** The visible text of a message or delta; thinking among its parts is read elsewhere. */
export function visibleText(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!isArray(content)) return '';
  return content.map((part) => (isReasoningPart(part) ? '' : (textOf(objectOf(part)?.['text']) ?? ''))).join('');
}

export function citationsOf(message: JsonObject): Citation[] {
  return listOf(message['annotations']).flatMap((annotation) => {
    const cited = objectOf(objectOf(annotation)?.['url_citation']);
    const url = textOf(cited?.['url']);
    if (cited === undefined || url === undefined) return [];
    const { title, start_index: start, end_index: end, content } = cited;
    return [
      {
        url,
        ...(typeof title === 'string' ? { title } : {}),
        // OpenRouter quotes the page.
        ...(typeof content === 'string' && content !== '' ? { quote: content } : {}),
        ...(typeof start === 'number' ? { start } : {}),
        ...(typeof end === 'number' ? { end } : {}),
      },
    ];
  });
}

/** Pictures the model drew: OpenRouter's `images`, beside the text. */
export function imagesOf(message: JsonObject): MediaPart[] {
  return listOf(message['images']).flatMap((image): MediaPart[] => {
    const url = textOf(objectOf(objectOf(image)?.['image_url'])?.['url']);
    if (url === undefined) return [];
    if (!isDataUrl(url)) return [{ type: 'media', mediaType: 'image/png', source: { kind: 'url', url } }];
    const parsed = parseDataUrl(url);
    if (parsed === undefined) return [];
    const { mediaType = 'image/png', data } = parsed;
    return [{ type: 'media', mediaType, source: { kind: 'base64', data } }];
  });
}

/** Speech keeps its id and transcript, which only this dialect has. */
export const audioPart = (audio: JsonObject): Part => ({
  type: 'native',
  dialect: OPENAI_CHAT,
  value: { type: 'audio', audio },
});

/** The client's name of a tool, and whether its JSON input stands for free text. */
export function restoredTool(name: string, restore: Restore): { readonly name: string; readonly isWrapped: boolean } {
  const original = restore.toolNames?.get(name) ?? name;
  return { name: original, isWrapped: restore.wrappedTools?.has(original) === true };
}

/** Takes free text out of its wrapping; a model that ignored the schema is taken at its word. */
export function unwrapInput(json: string): string {
  const value = parseJson(json);
  const input = isObject(value) ? value['input'] : undefined;
  return typeof input === 'string' ? input : json;
}

/** Arguments are JSON text; some servers send the object itself. */
export const argumentsOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value : isObject(value) ? JSON.stringify(value) : '';
