import { encodeBase64Text } from '../../ir/base64.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { openOpaque, SEAL } from '../../ir/opaque.js';
import type { MediaPart, MediaSource, Part, SearchPart } from '../../ir/request.js';
import { readCitation } from './citations.js';
import { readDrawn } from './drawn-image.js';
import { type Fields, openFields, takeCache } from './fields.js';
import { readRedacted, readSignature } from './opaque.js';
import { asArray, asObject, asString, extOf, ID } from './wire.js';

export type BlockRole = 'user' | 'assistant' | 'system' | 'result';

/** Reads a list of content blocks; a block only this dialect has becomes a `native` part. */
export function decodeBlocks(blocks: readonly JsonValue[], path: string, role: BlockRole): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < blocks.length; at += 1) {
    const search = role === 'assistant' ? readSearch(blocks[at], blocks[at + 1]) : undefined;
    if (search !== undefined) at += 1;
    parts.push(search ?? decodeBlock(blocks[at], `${path}[${at}]`, role));
  }
  return parts;
}

function decodeBlock(value: JsonValue | undefined, path: string, role: BlockRole): Part {
  const fields = openFields(value, path);
  const type = fields.requiredString('type');
  switch (`${role}:${type}`) {
    case `${role}:text`:
      return (role === 'assistant' ? decodeDrawn(fields) : undefined) ?? decodeText(fields);
    case 'user:image':
    case 'result:image':
    case 'user:document':
    case 'result:document':
      return decodeMedia(fields, type) ?? decodeQuoted(value, fields) ?? native(value);
    case 'user:search_result':
    case 'result:search_result':
      return decodeQuoted(value, fields) ?? native(value);
    case 'result:tool_reference':
      return decodeToolReference(value, fields) ?? native(value);
    case 'assistant:thinking':
      return decodeThinking(fields);
    case 'assistant:redacted_thinking':
      return decodeRedacted(fields);
    case 'assistant:tool_use':
      return decodeToolUse(fields);
    case 'user:tool_result':
      return decodeToolResult(fields);
    default:
      // Thinking in a user turn lands here too: it must never reach another vendor's model as if it were its own.
      return native(value);
  }
}

const native = (value: JsonValue | undefined): Part => ({
  type: 'native',
  dialect: ID,
  value: isObject(value) ? value : {},
});

/** A picture that an earlier answer showed: the model gets it as a picture, and not as a million characters. */
function decodeDrawn(fields: Fields): MediaPart | undefined {
  const text = fields.peek('text');
  const drawn = typeof text === 'string' ? readDrawn(text) : undefined;
  if (drawn === undefined) return undefined;
  fields.take('text');
  const { carried, hints } = takeCache(fields);
  return { type: 'media', ...drawn, ...carried, ...extOf({ $type: 'text', ...hints, ...fields.rest() }) };
}

function decodeText(fields: Fields): Part {
  const text = fields.requiredString('text');
  const { carried, hints } = takeCache(fields);
  const written = fields.peek('citations');
  const citations = asArray(written).map(readCitation);
  const known = citations.filter((citation) => citation !== undefined);
  const isWhole = Array.isArray(written) && known.length > 0 && known.length === citations.length;
  if (isWhole) fields.take('citations');
  return {
    type: 'text',
    text,
    ...(known.length === 0 ? {} : { citations: known }),
    ...carried,
    ...extOf({ ...hints, ...fields.rest() }),
  };
}

/** An image or document whose bytes, link or file id is the whole of it; `undefined` for other sources. */
function decodeMedia(fields: Fields, type: string): MediaPart | undefined {
  const source = fields.peek('source');
  const read = isObject(source) ? readSource(source, type) : undefined;
  if (read === undefined) return undefined;
  fields.take('source');
  const filename = type === 'document' ? fields.string('title') : undefined;
  const { carried, hints } = takeCache(fields);
  return {
    type: 'media',
    ...(read.mediaType === undefined ? {} : { mediaType: read.mediaType }),
    ...(filename === undefined ? {} : { filename }),
    source: read.source,
    ...carried,
    ...extOf({ $type: type, $source: source, ...hints, ...fields.rest() }),
  };
}

function readSource(
  source: JsonObject,
  type: string,
): { readonly source: MediaSource; readonly mediaType?: string } | undefined {
  const data = asString(source['data']);
  const mediaType = asString(source['media_type'])?.toLowerCase();
  switch (source['type']) {
    case 'base64':
      if (data === undefined) return undefined;
      return { source: { kind: 'base64', data }, ...(mediaType === undefined ? {} : { mediaType }) };
    case 'text':
      if (data === undefined) return undefined;
      return {
        source: { kind: 'base64', data: encodeBase64Text(data) },
        mediaType: mediaType ?? 'text/plain',
      };
    case 'url': {
      const url = asString(source['url']);
      if (url === undefined) return undefined;
      // A linked document can only be a PDF in this API; a linked image may be of any kind.
      return { source: { kind: 'url', url }, ...(type === 'document' ? { mediaType: 'application/pdf' } : {}) };
    }
    case 'file': {
      const id = asString(source['file_id']);
      return id === undefined ? undefined : { source: { kind: 'file', id, origin: ID } };
    }
    default:
      return undefined;
  }
}

/** A document of blocks or a search result: its text for others, the block as it was for ourselves. */
function decodeQuoted(value: JsonValue | undefined, fields: Fields): Part | undefined {
  const content = fields.peek('source');
  const body = isObject(content) ? content['content'] : fields.peek('content');
  const texts = typeof body === 'string' ? [body] : asArray(body).map((block) => asString(asObject(block)?.['text']));
  const lines = [asString(fields.peek('title')), asString(content), ...texts].filter((line) => line !== undefined);
  if (lines.length === 0) return undefined;
  const { carried } = takeCache(fields);
  return { type: 'text', text: lines.join('\n'), ...carried, ...extOf({ $block: value }) };
}

/** What Claude Code's search for deferred tools gives back: the tool is declared from here on, other vendors need words. */
function decodeToolReference(value: JsonValue | undefined, fields: Fields): Part | undefined {
  const name = asString(fields.peek('tool_name'));
  if (name === undefined) return undefined;
  const { carried } = takeCache(fields);
  return { type: 'text', text: `The tool ${name} is available now.`, ...carried, ...extOf({ $block: value }) };
}

function decodeThinking(fields: Fields): Part {
  const text = fields.requiredString('thinking');
  const signature = asString(fields.peek('signature'));
  const opaque = readSignature(signature);
  if (opaque !== undefined) fields.take('signature');
  return { type: 'reasoning', text, ...(opaque === undefined ? {} : { opaque }), ...extOf(fields.rest()) };
}

function decodeRedacted(fields: Fields): Part {
  const opaque = readRedacted(fields.requiredString('data'));
  return { type: 'reasoning', text: '', redacted: true, opaque, ...extOf(fields.rest()) };
}

function decodeToolUse(fields: Fields): Part {
  const id = fields.requiredString('id');
  const name = fields.requiredString('name');
  const input = fields.object('input');
  const { carried, hints } = takeCache(fields);
  return {
    type: 'tool-call',
    id,
    name,
    input: input === undefined ? '' : JSON.stringify(input),
    ...carried,
    ...extOf({ ...hints, ...(input === undefined ? { $input: 'none' } : {}), ...fields.rest() }),
  };
}

function decodeToolResult(fields: Fields): Part {
  const callId = fields.requiredString('tool_use_id');
  const isError = fields.boolean('is_error');
  const { carried, hints } = takeCache(fields);
  return {
    type: 'tool-result',
    callId,
    ...takeContent(fields, 'result'),
    ...(isError === undefined ? {} : { isError }),
    ...carried,
    ...extOf({ ...contentHint(fields), ...hints, ...fields.rest() }),
  };
}

/** Takes `content`, a string or a list of blocks. */
export function takeContent(fields: Fields, role: BlockRole): { readonly content: readonly Part[] } {
  const content = fields.peek('content');
  if (content === undefined || content === null) return { content: [] };
  if (typeof content === 'string') {
    fields.take('content');
    return { content: [{ type: 'text', text: content }] };
  }
  return { content: decodeBlocks(fields.array('content') ?? [], fields.at('content'), role) };
}

/** How `content` was spelled, where it was no list. */
export function contentHint(fields: Fields): JsonObject {
  const content = fields.peek('content');
  if (typeof content === 'string') return { $content: 'string' };
  return Array.isArray(content) ? {} : { $content: 'none' };
}

/** A web search is two blocks here, the call and its results, and one part in the common form. */
function readSearch(call: JsonValue | undefined, result: JsonValue | undefined): SearchPart | undefined {
  if (!isObject(call) || call['type'] !== 'server_tool_use' || call['name'] !== 'web_search') return undefined;
  if (!isObject(result) || result['type'] !== 'web_search_tool_result') return undefined;
  if (result['tool_use_id'] !== call['id'] || !Array.isArray(result['content'])) return undefined;
  return searchPart(call, result);
}

/** The part for a search call and its results, both kept as they were for this dialect. */
export function searchPart(call: JsonObject, result: JsonObject | undefined): SearchPart {
  const query = asString(asObject(call['input'])?.['query']);
  return {
    type: 'search',
    id: asString(call['id']) ?? '',
    queries: query === undefined ? [] : [query],
    results: asArray(result?.['content']).flatMap((entry) => readResult(asObject(entry))),
    ...extOf({ $blocks: result === undefined ? [call] : [call, result] }),
  };
}

function readResult(entry: JsonObject | undefined): SearchPart['results'] {
  const url = asString(entry?.['url']);
  if (url === undefined) return [];
  const title = asString(entry?.['title']);
  const encrypted = asString(entry?.['encrypted_content']) ?? '';
  return [
    {
      url,
      ...(title === undefined ? {} : { title }),
      ...(encrypted === '' || encrypted === SEAL ? {} : { opaque: openOpaque(encrypted, ID) }),
    },
  ];
}
