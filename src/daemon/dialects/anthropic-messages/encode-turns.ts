import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { Carried, Message, ModelRequest, Part, SearchPart, ToolResultPart } from '../../ir/request.js';
import { pairToolResults } from '../../ir/tool-turns.js';
import type { Warning } from '../dialect.js';
import { encodeMedia } from './encode-media.js';
import { type CallIds, openCallIds, type ToolNames } from './names.js';
import { ownSecret } from './opaque.js';
import { parseToolInput, wrapInput } from './tool-input.js';
import { cacheControl, ID, withCache } from './wire.js';

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: JsonObject[];
}

export interface TurnContext {
  readonly model: ModelInfo;
  readonly names: ToolNames;
  readonly newId: (prefix: string) => string;
  readonly warn: (warning: Warning) => void;
}

/** The vendor refuses an empty conversation, and empty text in one. */
const FILLER = '.';

/** System texts, wherever they stood, as the blocks of the one system field. */
export function encodeSystem(request: ModelRequest, { warn }: Pick<TurnContext, 'warn'>): JsonObject[] {
  return request.messages.flatMap((message, at) => {
    if (message.role !== 'system') return [];
    const blocks: { text: string; cache: Carried['cache'] }[] = [];
    for (const part of message.content) {
      if (part.type !== 'text') {
        warn({ path: `messages[${at}].content`, reason: `a system prompt is text only, not ${part.type}` });
        continue;
      }
      if (part.text.trim() === '') continue;
      const last = blocks.at(-1);
      // One message is one block; only a breakpoint inside it makes two.
      if (last === undefined || last.cache !== undefined) blocks.push({ text: part.text, cache: part.cache });
      else Object.assign(last, { text: `${last.text}\n${part.text}`, cache: part.cache });
    }
    const last = blocks.at(-1);
    if (last !== undefined) last.cache ??= message.cache;
    return blocks.map(({ text, cache }) => withCache({ type: 'text', text }, cache));
  });
}

/** User and assistant turns in strict alternation, results first in the turn behind their calls. */
export function encodeTurns(request: ModelRequest, context: TurnContext): Turn[] {
  const conversation = request.messages.filter(({ role }) => role !== 'system');
  const ids = openCallIds(context.newId);
  const turns: Turn[] = [];
  for (const message of pairToolResults(conversation, { synthesize: true })) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    if (role === 'assistant') ids.nextTurn();
    const content = encodeContent(message, { ...context, ids, path: pathOf(message, request) });
    if (content.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  if (turns[0]?.role !== 'user') turns.unshift({ role: 'user', content: [{ type: 'text', text: FILLER }] });
  trimPrefill(turns);
  return turns;
}

function pathOf(message: Message, { messages }: ModelRequest): string {
  const at = messages.indexOf(message);
  return at === -1 ? 'messages' : `messages[${at}].content`;
}

/** The vendor refuses a prefill that ends in white space. */
function trimPrefill(turns: Turn[]): void {
  const last = turns.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.['type'] !== 'text' || typeof block['text'] !== 'string') return;
  last?.content.splice(-1, 1, { ...block, text: block['text'].trimEnd() });
}

interface PartContext extends TurnContext {
  readonly ids: CallIds;
  readonly path: string;
}

function encodeContent(message: Message, context: PartContext): JsonObject[] {
  const blocks = message.content.flatMap((part) => encodePart(part, message.role, context));
  const last = blocks.at(-1);
  if (message.cache === undefined || last === undefined || isThinkingBlock(last)) return blocks;
  return [...blocks.slice(0, -1), { ...last, cache_control: last['cache_control'] ?? cacheControl(message.cache) }];
}

export const isThinkingBlock = ({ type }: JsonObject): boolean => type === 'thinking' || type === 'redacted_thinking';

function encodePart(part: Part, role: Message['role'], context: PartContext): readonly JsonObject[] {
  const { path, warn, ids, names, model } = context;
  switch (part.type) {
    case 'text':
      // White space alone is refused like empty text.
      return part.text.trim() === '' ? [] : [withCache({ type: 'text', text: part.text }, part.cache)];
    case 'media':
      if (role !== 'assistant') return [withCache(encodeMedia(part, path), part.cache)];
      warn({ path, reason: 'an assistant turn cannot hold media' });
      return [];
    case 'reasoning': {
      const secret = role === 'assistant' ? ownSecret(part) : undefined;
      if (secret?.kind === 'redacted') return [{ type: 'redacted_thinking', data: secret.value }];
      if (secret !== undefined) return [{ type: 'thinking', thinking: part.text, signature: secret.value }];
      if (role === 'assistant' && model.isCompat === true && part.text !== '') {
        return [{ type: 'thinking', thinking: part.text, signature: '' }];
      }
      warn({ path, reason: 'thinking without a signature of this vendor is not sent' });
      return [];
    }
    case 'tool-call': {
      const id = ids.call(part.id);
      if (id === undefined) {
        warn({ path, reason: `the turn has two calls with the id ${part.id}` });
        return [];
      }
      const input = part.custom === true ? wrapInput(part.input) : parseToolInput(part.input);
      return [withCache({ type: 'tool_use', id, name: names.wire(part.name), input }, part.cache)];
    }
    case 'tool-result':
      return [encodeResult(part, context)];
    case 'search':
      return encodeSearch(part, context);
    case 'native':
      if (part.dialect === ID) return [part.value];
      warn({ path, reason: `the Messages API has no block for ${String(part.value['type'] ?? part.dialect)}` });
      return [];
  }
}

function encodeResult(part: ToolResultPart, context: PartContext): JsonObject {
  const blocks = part.content.flatMap((inner) => encodePart(inner, 'tool', context));
  const [first] = blocks;
  const isPlain = blocks.length === 1 && first?.['type'] === 'text' && first['cache_control'] === undefined;
  const isError = part.isError === true;
  // An error without any content is refused.
  const content = isPlain ? first['text'] : blocks.length === 0 && isError ? 'error' : blocks;
  return withCache(
    {
      type: 'tool_result',
      tool_use_id: context.ids.result(part.callId),
      ...(blocks.length === 0 && !isError ? {} : { content }),
      ...(isError ? { is_error: true } : {}),
    },
    part.cache,
  );
}

/** A search goes back only with the vendor's own encrypted pages. */
function encodeSearch(part: SearchPart, { path, warn }: PartContext): readonly JsonObject[] {
  const results = part.results.map(({ url, title, opaque }) => ({
    type: 'web_search_result',
    url,
    title: title ?? url,
    encrypted_content: opaque?.origin === ID ? opaque.value : '',
  }));
  if (results.length === 0 || results.some(({ encrypted_content }) => encrypted_content === '')) {
    warn({ path, reason: 'a web search that this vendor did not run is not sent' });
    return [];
  }
  return [
    { type: 'server_tool_use', id: part.id, name: 'web_search', input: { query: part.queries.join('; ') } },
    withCache({ type: 'web_search_tool_result', tool_use_id: part.id, content: results }, part.cache),
  ];
}
