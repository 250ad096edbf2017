import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { asObject } from './wire.js';

/** More markers than this are refused, the client's own included. */
const MAX_BREAKPOINTS = 4;
const MARKER: JsonObject = { type: 'ephemeral' };

type Place = 'tools' | 'system' | 'messages';

/**
 * Adds prompt-cache breakpoints (last tool, end of the system prompt, second-to-last user turn) to a body without any,
 * and holds all bodies to the vendor's rules. The same conversation gets the same places each turn.
 */
export function placeCacheBreakpoints(body: JsonObject): JsonObject {
  // A top-level `cache_control` asks the vendor to place them itself.
  const isMarked = body['cache_control'] !== undefined || countMarkers(body) > 0;
  return limitCacheBreakpoints(
    isMarked ? body : { ...body, ...markTools(body), ...markSystem(body), ...markTurn(body) },
  );
}

/** Holds the markers of a body to the vendor's rules: none on thinking, at most four, no hour behind five minutes. */
export function limitCacheBreakpoints(body: JsonObject): JsonObject {
  if (countMarkers(body) === 0) return body;
  const spots: { place: Place; isForbidden: boolean }[] = [];
  mapMarkers(body, (marker, place, block) => {
    spots.push({ place, isForbidden: isThinking(block) });
    return marker;
  });
  const removed = surplus(spots);
  let at = -1;
  let hasShort = false;
  return mapMarkers(body, (marker) => {
    at += 1;
    if (removed.has(at)) return undefined;
    if (marker['ttl'] !== '1h') hasShort = true;
    if (!hasShort || marker['ttl'] !== '1h') return marker;
    const { ttl: _ttl, ...short } = marker;
    return short;
  });
}

/** Which markers go: those on thinking, then the least useful ones until four are left. */
function surplus(spots: readonly { readonly place: Place; readonly isForbidden: boolean }[]): ReadonlySet<number> {
  const removed = new Set(spots.flatMap(({ isForbidden }, at) => (isForbidden ? [at] : [])));
  const left = (place: Place): number[] =>
    spots.flatMap((spot, at) => (spot.place === place && !removed.has(at) ? [at] : []));
  const system = left('system');
  const tools = left('tools');
  const order = [
    ...system.slice(0, -1),
    ...tools.slice(0, -1),
    ...left('messages'),
    ...system.slice(-1),
    ...tools.slice(-1),
  ];
  const excess = Math.max(0, order.length - MAX_BREAKPOINTS);
  for (const at of order.slice(0, excess)) removed.add(at);
  return removed;
}

type Visit = (marker: JsonObject, place: Place, block: JsonObject) => JsonObject | undefined;

/** Rewrites every marker in the order in which the vendor evaluates them; what does not change is not copied. */
function mapMarkers(body: JsonObject, visit: Visit): JsonObject {
  let changed = body;
  for (const place of ['tools', 'system', 'messages'] as const) {
    const before = body[place];
    const after = mapList(before, (item) =>
      place === 'messages' ? mapContent(item, visit) : mapBlock(item, place, visit),
    );
    if (after !== before) changed = { ...changed, [place]: after };
  }
  return changed;
}

function mapList(list: JsonValue | undefined, change: (item: JsonObject) => JsonObject): JsonValue | undefined {
  if (!Array.isArray(list)) return list;
  const items: readonly JsonValue[] = list;
  const after = items.map((item) => (isObject(item) ? change(item) : item));
  return after.some((item, at) => item !== items[at]) ? after : items;
}

function mapContent(holder: JsonObject, visit: Visit): JsonObject {
  const content = mapList(holder['content'], (block) => mapBlock(mapContent(block, visit), 'messages', visit));
  return content === holder['content'] ? holder : { ...holder, content };
}

function mapBlock(block: JsonObject, place: Place, visit: Visit): JsonObject {
  const marker = asObject(block['cache_control']);
  if (marker === undefined) return block;
  const after = visit(marker, place, block);
  if (after === marker) return block;
  const { cache_control: _marker, ...rest } = block;
  return after === undefined ? rest : { ...rest, cache_control: after };
}

function countMarkers(body: JsonObject): number {
  let count = 0;
  mapMarkers(body, (marker) => {
    count += 1;
    return marker;
  });
  return count;
}

const isThinking = ({ type }: JsonObject): boolean => type === 'thinking' || type === 'redacted_thinking';

const mark = (block: JsonObject): JsonObject => ({ ...block, cache_control: MARKER });

/** A tool whose loading is deferred is no part of the prompt, so a marker on it is refused. */
function markTools({ tools }: JsonObject): JsonObject {
  if (!Array.isArray(tools)) return {};
  const list: readonly JsonValue[] = tools;
  const at = list.findLastIndex((tool) => isObject(tool) && tool['defer_loading'] !== true);
  return at === -1 ? {} : { tools: markAt(list, at) };
}

function markSystem({ system }: JsonObject): JsonObject {
  if (typeof system === 'string') {
    return system.trim() === '' ? {} : { system: [mark({ type: 'text', text: system })] };
  }
  if (!Array.isArray(system)) return {};
  const list: readonly JsonValue[] = system;
  const last = list.at(-1);
  const text = isObject(last) ? last['text'] : undefined;
  return typeof text === 'string' && text.trim() !== '' ? { system: markAt(list, list.length - 1) } : {};
}

/** The turn before the newest one is what the next request will still have in common with this one. */
function markTurn({ messages }: JsonObject): JsonObject {
  if (!Array.isArray(messages)) return {};
  const list: readonly JsonValue[] = messages;
  const turns = list.flatMap((message, at) => (isObject(message) && message['role'] === 'user' ? [at] : []));
  const at = turns.at(-2);
  const turn = at === undefined ? undefined : asObject(list[at]);
  const content = turn === undefined ? undefined : markedContent(turn['content']);
  return content === undefined ? {} : { messages: list.map((item, i) => (i === at ? { ...turn, content } : item)) };
}

function markedContent(content: JsonValue | undefined): JsonValue | undefined {
  if (typeof content === 'string') return content.trim() === '' ? undefined : [mark({ type: 'text', text: content })];
  if (!Array.isArray(content)) return undefined;
  const blocks: readonly JsonValue[] = content;
  const last = asObject(blocks.at(-1));
  const isFit = last !== undefined && !isThinking(last) && !(last['type'] === 'text' && last['text'] === '');
  return isFit ? markAt(blocks, blocks.length - 1) : undefined;
}

const markAt = (list: readonly JsonValue[], at: number): readonly JsonValue[] =>
  list.map((item, i) => (i === at && isObject(item) ? mark(item) : item));
