import { parseDuration } from '../../../shared/config/schema/fields.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import { readRetryAfterMs } from '../../login/vendor-call.js';
import type { ReplyHeaders } from '../provider.js';

/** Google's hints may be a few milliseconds; asking again sooner than this only earns the next 429. */
const MIN_WAIT_MS = 2000;

/** What a refusal says, as far as it can be read. */
export interface Refusal {
  readonly message: string;
  readonly details: readonly JsonObject[];
  /** The whole answer. */
  readonly text: string;
}

/** Reads a `google.rpc` error out of an answer's body, also out of the list that a stream without `alt=sse` is. */
export function readRefusal(body: string | undefined, message: string): Refusal {
  const parsed = parseJson(body ?? '');
  const outer: JsonValue | undefined = Array.isArray(parsed) ? (parsed as readonly JsonValue[])[0] : parsed;
  const error = isObject(outer) && isObject(outer['error']) ? outer['error'] : {};
  const { details } = error;
  const said = error['message'];
  return {
    message: typeof said === 'string' ? said : message,
    details: Array.isArray(details) ? details.filter(isObject) : [],
    text: body ?? message,
  };
}

/**
 * How long to wait, by the first that says it (antigravity.md 7.1); `undefined`: nothing does.
 * `isSpoken`: the free text of the answer counts too, which for a spent quota may speak of anything.
 */
export function readDelay(
  { message, details, text }: Refusal,
  { headers, now, isSpoken }: { readonly headers: ReplyHeaders; readonly now: number; readonly isSpoken: boolean },
): number | undefined {
  const wait =
    readRetryAfterMs(headers, now) ??
    first(details.map(({ retryDelay }) => durationOf(retryDelay))) ??
    first(details.map(({ metadata }) => (isObject(metadata) ? durationOf(metadata['quotaResetDelay']) : undefined))) ??
    delayAfter(message) ??
    (isSpoken ? spokenDelay(text) : undefined);
  return wait === undefined ? undefined : Math.max(MIN_WAIT_MS, Math.ceil(wait));
}

const first = (delays: readonly (number | undefined)[]): number | undefined =>
  delays.find((delay) => delay !== undefined);

/** As Go prints it, or in the long form of the protocol. */
function durationOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'string') return parseDuration(value.trim());
  if (!isObject(value)) return undefined;
  const ms = Number(value['seconds'] ?? 0) * 1000 + Number(value['nanos'] ?? 0) / 1_000_000;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** `Your quota will reset after 1h2m3s.` */
function delayAfter(message: string): number | undefined {
  const found = /\bafter ((?:\d+(?:\.\d+)?(?:h|ms|m|s))+)\b/i.exec(message)?.[1];
  return found === undefined ? undefined : parseDuration(found.toLowerCase());
}

/** `2m 30s`, `5 seconds`. */
function spokenDelay(text: string): number | undefined {
  const minutes = /\b(\d+)m (\d+)s\b/.exec(text);
  if (minutes !== null) return (Number(minutes[1]) * 60 + Number(minutes[2])) * 1000;
  const seconds = /\b(\d+) seconds?\b/i.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
