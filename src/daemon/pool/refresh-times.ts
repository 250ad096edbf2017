import { parseDuration } from '../../shared/config/schema/fields.js';
import type { JsonObject, JsonValue } from '../ir/json.js';
import type { AccountFacts } from '../providers/account.js';

const INTERVAL_NAMES = ['refresh_interval_seconds', 'refreshIntervalSeconds', 'refresh_interval', 'refreshInterval'];
const LAST_NAMES = ['last_refresh', 'lastRefresh', 'last_refreshed_at', 'lastRefreshedAt'];

/** When a token is to be renewed, in epoch milliseconds; `undefined`: never. routing.md 10. */
export function refreshDueAt(facts: AccountFacts, fields: JsonObject, now: number): number | undefined {
  if (!facts.canRefresh || facts.isAskedAfterRefusal === true) return undefined;
  const intervalMs = intervalOf(fields);
  const lastAt = instantOf(first(fields, LAST_NAMES));
  const leadMs = intervalMs ?? facts.refreshLeadMs;
  const beforeEnd = facts.expiresAt === undefined ? undefined : facts.expiresAt - leadMs;
  // A set interval forces a refresh each time it is over; the vendor's lead counts from the last one only without an end.
  const afterLast =
    lastAt === undefined || (intervalMs === undefined && beforeEnd !== undefined) ? undefined : lastAt + leadMs;
  const times = [beforeEnd, afterLast].filter((time) => time !== undefined);
  return times.length === 0 ? now : Math.min(...times);
}

function intervalOf(fields: JsonObject): number | undefined {
  const value = first(fields, INTERVAL_NAMES);
  const ms =
    typeof value === 'number' ? value * 1000 : typeof value === 'string' ? parseDuration(value.trim()) : undefined;
  return ms !== undefined && Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function first(fields: JsonObject, names: readonly string[]): JsonValue | undefined {
  const name = names.find((each) => fields[each] !== undefined && fields[each] !== '');
  return name === undefined ? undefined : fields[name];
}

function instantOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value < 1e11 ? value * 1000 : value;
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
