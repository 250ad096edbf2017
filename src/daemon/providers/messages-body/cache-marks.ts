import type { WireBody } from '../../dialects/dialect.js';
import { limitCacheBreakpoints } from '../../ir/cache-markers.js';
import { textBehind } from './body-bytes.js';

/** More breakpoints in one request are refused. */
const MAX_MARKS = 4;

/** Enough for a marker's own members: `: {"type": "ephemeral", "ttl": "1h"}`. */
const MARK_BYTES = 64;

const PLACES = ['tools', 'system', 'messages'] as const;

/** The breakpoints of a relayed body, as its bytes tell without being parsed. */
export interface Marks {
  readonly count: number;
  /** How many of them last an hour. */
  readonly hours: number;
}

export function countMarks(body: WireBody): Marks {
  const marks = PLACES.flatMap((place) => textBehind(body, place, '"cache_control"', MARK_BYTES)).filter((text) =>
    /^\s*:\s*\{/.test(text),
  );
  return { count: marks.length, hours: marks.filter((text) => /^[^}]*"ttl"\s*:\s*"1h"/.test(text)).length };
}

/**
 * Holds the breakpoints of a relayed body to the vendor's rules. With few of them, all of one lifetime, nothing is parsed.
 * @returns those that are left.
 */
export function limitMarks(body: WireBody, marks: Marks): Marks {
  const { count, hours } = marks;
  const isMixed = hours > 0 && hours < count;
  if (count <= MAX_MARKS && !isMixed) return marks;
  const places = { tools: body.get('tools'), system: body.get('system'), messages: body.get('messages') };
  const limited = limitCacheBreakpoints(places);
  for (const place of PLACES) if (limited[place] !== places[place]) body.set(place, limited[place]);
  return countMarks(body);
}
