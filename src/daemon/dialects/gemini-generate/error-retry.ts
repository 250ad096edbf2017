import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** Google's hints may be a few milliseconds; asking again sooner than this only earns the next 429. */
const MIN_WAIT_MS = 2000;

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration as Go prints it: `1h2m3.5s`, `500ms`. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
  const pieces = text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g);
  return [...pieces].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
}

/** How long to wait, from the details of an error or the words of its message; at least 2 s. */
export function readRetryAfter(details: readonly JsonObject[], message: string): number | undefined {
  const wait = details.map(delayOf).find((delay) => delay !== undefined) ?? spokenDelay(message);
  return wait === undefined ? undefined : Math.max(MIN_WAIT_MS, Math.ceil(wait));
}

function delayOf(detail: JsonObject): number | undefined {
  const delay = readDelay(detail['retryDelay']);
  if (delay !== undefined) return delay;
  const { metadata } = detail;
  return isObject(metadata) ? readDelay(metadata['quotaResetDelay']) : undefined;
}

function readDelay(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'string') return parseDuration(value);
  if (!isObject(value)) return undefined;
  const { seconds, nanos } = value;
  const whole = Number(seconds ?? 0) * 1000 + Number(nanos ?? 0) / 1_000_000;
  return Number.isFinite(whole) && whole > 0 ? whole : undefined;
}

/** `Please retry in 34.07s.`, `reset after 1h2m3s`, `2m 30s`, `5 seconds`. */
function spokenDelay(message: string): number | undefined {
  const named = /\b(?:after|in) ((?:\d+(?:\.\d+)?(?:h|ms|m|s))+)\b/i.exec(message)?.[1];
  if (named !== undefined) return parseDuration(named.toLowerCase());
  const minutes = /\b(\d+)m (\d+)s\b/.exec(message);
  if (minutes !== null) return (Number(minutes[1]) * 60 + Number(minutes[2])) * 1000;
  const seconds = /\b(\d+) seconds?\b/i.exec(message)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
