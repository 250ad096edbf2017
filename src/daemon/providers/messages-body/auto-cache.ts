import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

const MARKER: JsonObject = { type: 'ephemeral' };

/**
 * Adds prompt-cache breakpoints (last tool, end of the system prompt, second-to-last user turn) to a body without any.
 * The same conversation gets the same places each turn; three are below the vendor's limit of four.
 */
export function placeCacheBreakpoints(body: WireBody): void {
  // A top-level `cache_control` asks the vendor to place them itself.
  if (body.get('cache_control') !== undefined) return;
  const places = { tools: body.get('tools'), system: body.get('system'), messages: body.get('messages') };
  if (Object.values(places).some(isMarked)) return;
  const tools = markTools(places.tools);
  const system = markSystem(places.system);
  const messages = markTurn(places.messages);
  if (tools !== undefined) body.set('tools', tools);
  if (system !== undefined) body.set('system', system);
  if (messages !== undefined) body.set('messages', messages);
}

/** Whether a block has a marker, or a block inside it, such as in a tool result. */
function isMarked(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(isMarked);
  return isObject(value) && (value['cache_control'] !== undefined || isMarked(value['content']));
}

const mark = (block: JsonObject): JsonObject => ({ ...block, cache_control: MARKER });

const markAt = (list: readonly JsonValue[], at: number): readonly JsonValue[] =>
  list.map((item, i) => (i === at && isObject(item) ? mark(item) : item));

/** A tool whose loading is deferred is no part of the prompt, so a marker on it is refused. */
function markTools(tools: JsonValue | undefined): JsonValue | undefined {
  if (!Array.isArray(tools)) return undefined;
  const list: readonly JsonValue[] = tools;
  const at = list.findLastIndex((tool) => isObject(tool) && tool['defer_loading'] !== true);
  return at === -1 ? undefined : markAt(list, at);
}

function markSystem(system: JsonValue | undefined): JsonValue | undefined {
  if (typeof system === 'string') return markedText(system);
  if (!Array.isArray(system)) return undefined;
  const list: readonly JsonValue[] = system;
  const last = list.at(-1);
  const text = isObject(last) ? last['text'] : undefined;
  return typeof text === 'string' && text.trim() !== '' ? markAt(list, list.length - 1) : undefined;
}

/** The turn before the newest one is what the next request will still have in common with this one. */
function markTurn(messages: JsonValue | undefined): JsonValue | undefined {
  if (!Array.isArray(messages)) return undefined;
  const list: readonly JsonValue[] = messages;
  const turns = list.flatMap((message, at) => (isObject(message) && message['role'] === 'user' ? [at] : []));
  const at = turns.at(-2);
  const turn = at === undefined ? undefined : list[at];
  if (!isObject(turn)) return undefined;
  const content = markedContent(turn['content']);
  return content === undefined ? undefined : list.map((item, i) => (i === at ? { ...turn, content } : item));
}

function markedContent(content: JsonValue | undefined): JsonValue | undefined {
  if (typeof content === 'string') return markedText(content);
  if (!Array.isArray(content)) return undefined;
  const blocks: readonly JsonValue[] = content;
  const last = blocks.at(-1);
  return isObject(last) && isFit(last) ? markAt(blocks, blocks.length - 1) : undefined;
}

const markedText = (text: string): JsonValue | undefined =>
  text.trim() === '' ? undefined : [mark({ type: 'text', text })];

/** The vendor refuses markers on thinking and on empty text. */
const isFit = ({ type, text }: JsonObject): boolean =>
  type !== 'thinking' && type !== 'redacted_thinking' && !(type === 'text' && text === '');
