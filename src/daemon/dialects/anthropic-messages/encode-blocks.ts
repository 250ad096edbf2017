import type { JsonObject } from '../../ir/json.js';
import { SEAL, sealOpaque } from '../../ir/opaque.js';
import type { MediaPart, Part, SearchPart, ToolCallPart } from '../../ir/request.js';
import type { EncodeContext } from '../dialect.js';
import { printCitation } from './citations.js';
import { printDrawn } from './drawn-image.js';
import { printSecret } from './opaque.js';
import { parseToolInput, wrapInput } from './tool-input.js';
import { ID, objectsOf, ownExt } from './wire.js';

/** Prints one part of a whole answer. */
export function printAnswerPart(part: Part, context: EncodeContext): readonly JsonObject[] {
  switch (part.type) {
    case 'text': {
      const citations = [...(part.citations ?? []).map(printCitation), ...otherCitations(part)];
      return [{ type: 'text', text: part.text, ...(citations.length === 0 ? {} : { citations }) }];
    }
    case 'reasoning': {
      const secret = part.opaque === undefined ? undefined : printSecret(part.opaque, part.redacted === true);
      if (secret?.kind === 'redacted') return [{ type: 'redacted_thinking', data: secret.value }];
      // Hidden thinking without its secret says nothing to anyone.
      if (part.redacted === true && secret === undefined) return [];
      return [{ type: 'thinking', thinking: part.text, signature: secret?.value ?? '' }];
    }
    case 'tool-call':
      return [
        ...carrierOf(part),
        { ...ownExt(part), type: 'tool_use', ...callHead(part, context), input: inputOf(part) },
      ];
    case 'tool-result':
      return [];
    default:
      return printWholePart(part, context);
  }
}

/**
 * A call has no place for its state here, so an empty thinking block before it carries it: clients send such a block back
 * as it was.
 */
export const carrierOf = ({ opaque }: Pick<ToolCallPart, 'opaque'>): readonly CarrierBlock[] =>
  opaque === undefined || opaque.origin === ID
    ? []
    : [{ type: 'thinking', thinking: '', signature: sealOpaque(opaque, ID) }];

interface CarrierBlock extends JsonObject {
  readonly type: 'thinking';
  readonly thinking: '';
  readonly signature: string;
}

const otherCitations = (part: Extract<Part, { type: 'text' }>): readonly JsonObject[] =>
  objectsOf(ownExt(part)['$otherCitations']);

const inputOf = ({ custom, input }: ToolCallPart): JsonObject =>
  custom === true ? wrapInput(input) : parseToolInput(input);

/** A call's id and name; an upstream without ids gets one of ours. */
export const callHead = (
  { id, name }: Pick<ToolCallPart, 'id' | 'name'>,
  { newId }: Pick<EncodeContext, 'newId'>,
): { readonly id: string; readonly name: string } => ({ id: id === '' ? newId('toolu_') : id, name });

/** Prints a part that never streams: a search, a block of this dialect, media. */
export function printWholePart(part: Part, context: Pick<EncodeContext, 'newId'>): readonly JsonObject[] {
  switch (part.type) {
    case 'search':
      return printSearch(part, context);
    case 'native':
      return part.dialect === ID ? [part.value] : [];
    case 'media':
      return [{ type: 'text', text: mediaNote(part) }];
    default:
      return [];
  }
}

function printSearch(part: SearchPart, { newId }: Pick<EncodeContext, 'newId'>): readonly JsonObject[] {
  const own = objectsOf(ownExt(part)['$blocks']);
  if (own.length > 0) return own;
  const id = part.id === '' ? newId('srvtoolu_') : part.id;
  const content = part.results.map(({ url, title, opaque }) => ({
    type: 'web_search_result',
    title: title ?? url,
    url,
    encrypted_content: opaque === undefined ? SEAL : sealOpaque(opaque, ID),
    page_age: null,
  }));
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: { query: part.queries.join('; ') } },
    { type: 'web_search_tool_result', tool_use_id: id, content },
  ];
}

/** Answers of this dialect hold no media: a link or a picture is shown as Markdown, other data can only be named. */
function mediaNote({ mediaType = 'media', source }: MediaPart): string {
  if (source.kind === 'url') return `![${mediaType}](${source.url})`;
  if (source.kind === 'base64' && mediaType.startsWith('image/')) return printDrawn(mediaType, source.data);
  return `[${mediaType} that this protocol cannot show]`;
}
