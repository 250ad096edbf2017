import { isObject, type JsonObject, type JsonValue } from './json.js';

/** More markers than this are refused, the client's own included. */
const MAX_BREAKPOINTS = 4;

type Place = 'tools' | 'system' | 'messages';

/**
 * Holds the cache markers of a Messages body to the vendor's rules: none on thinking, at most four, no hour behind five
 * minutes. Members that need no change stay the same objects.
 */
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
  const marker = block['cache_control'];
  if (!isObject(marker)) return block;
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
