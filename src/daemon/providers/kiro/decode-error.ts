import { type FailureFacts, type FailureReason, reasonOfStatus } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';

const MAX_BODY = 64 * 1024;

interface Meaning {
  readonly reason: FailureReason;
  /** What a client sees, where Kiro's own status says something else. */
  readonly status?: number;
  /** The code that clients know, in place of Kiro's. */
  readonly code?: string;
}

const TOO_LONG: Meaning = { reason: 'context-length', status: 400, code: 'context_length_exceeded' };

/** The codes that decide, whatever the status. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  CONTENT_LENGTH_EXCEEDS_THRESHOLD: TOO_LONG,
  ContentLengthExceededException: TOO_LONG,
  INVALID_MODEL_ID: { reason: 'model-missing', status: 404 },
  MONTHLY_REQUEST_COUNT: { reason: 'quota', status: 429 },
  DAILY_REQUEST_COUNT: { reason: 'quota', status: 429 },
  INSUFFICIENT_MODEL_CAPACITY: { reason: 'overloaded', status: 529 },
  USER_REQUEST_RATE_EXCEEDED: { reason: 'rate-limit', status: 429 },
  ThrottlingException: { reason: 'rate-limit', status: 429 },
  TEMPORARILY_SUSPENDED: { reason: 'forbidden', status: 403 },
  FEATURE_NOT_SUPPORTED: { reason: 'forbidden', status: 403 },
  AccessDeniedException: { reason: 'forbidden', status: 403 },
  ServiceQuotaExceededException: { reason: 'quota', status: 429 },
  ServiceUnavailableException: { reason: 'overloaded', status: 503 },
  internalServerException: { reason: 'server', status: 500 },
  InternalServerException: { reason: 'server', status: 500 },
  ValidationException: { reason: 'invalid-request', status: 400 },
};

/** Where Kiro says by words only what it has codes for elsewhere. */
const BY_WORDS: readonly { readonly status: readonly number[]; readonly words: RegExp; readonly code: string }[] = [
  { status: [400], words: /input is too long/i, code: 'CONTENT_LENGTH_EXCEEDS_THRESHOLD' },
  { status: [429, 500], words: /unexpectedly high load/i, code: 'INSUFFICIENT_MODEL_CAPACITY' },
  { status: [403], words: /\b(is|are|been) (temporarily )?(is )?suspended\b/i, code: 'TEMPORARILY_SUSPENDED' },
  { status: [403], words: /temporarily is suspended/i, code: 'TEMPORARILY_SUSPENDED' },
];

/** What a refused access token is told by; the engine renews it once, as after any 401. */
const TOKEN_REFUSED = /(bearer|access|security) token[^.]*\b(invalid|expired)\b|\btoken (has|is) expired\b/i;

/** Reads an error answer of the REST and the RPC form. */
export function decodeError(status: number, body: string): FailureFacts {
  const parsed = parseJson(body);
  const payload = isObject(parsed) ? parsed : {};
  return { ...readFailure(status < 400 ? 502 : status, codeOf(payload), payload), ...bodyOf(body) };
}

/** Reads an exception, or an error payload, from inside a stream. */
export function readException(name: string, payload: JsonObject): FailureFacts {
  return readFailure(502, codeOf(payload) ?? (name === '' ? undefined : name), payload);
}

/** An error where an event should be. */
export const isErrorPayload = (payload: JsonObject): boolean =>
  typeof payload['__type'] === 'string' || typeof payload['_type'] === 'string' || payload['type'] === 'error';

function readFailure(status: number, told: string | undefined, payload: JsonObject): FailureFacts {
  const said = textOf(payload['message']) ?? textOf(payload['Message']) ?? nestedMessage(payload['error']);
  const message = said ?? `the upstream answered ${status} without a message`;
  const byWords = BY_WORDS.find((each) => each.status.includes(status) && each.words.test(message))?.code;
  const code = told !== undefined && isExact(told) ? told : (byWords ?? told);
  if ((status === 401 || status === 403) && code !== 'TEMPORARILY_SUSPENDED' && TOKEN_REFUSED.test(message)) {
    return { reason: 'auth', status: 401, code: 'invalid_token', message };
  }
  const meaning = meaningOf(code, status);
  const wait = payload['retryAfterMilliseconds'];
  const shown = meaning.code ?? code;
  return {
    reason: meaning.reason,
    status: meaning.status ?? status,
    ...(shown === undefined ? {} : { code: shown }),
    message,
    ...(typeof wait === 'number' && wait >= 0 ? { retryAfterMs: wait } : {}),
  };
}

/** A reason code, rather than the name of an exception, which says less than its words. */
const isExact = (code: string): boolean => /^[A-Z0-9_]+$/.test(code);

function meaningOf(code: string | undefined, status: number): Meaning {
  if (code !== undefined && Object.hasOwn(BY_CODE, code)) {
    const meaning = BY_CODE[code];
    // The status of an answer says more than the name of an exception in it.
    if (meaning !== undefined && (isExact(code) || status === 502)) return meaning;
  }
  return status === 413 ? TOO_LONG : { reason: reasonOfStatus(status) };
}

/** `reason`, else the exception's name without its namespace. */
function codeOf(payload: JsonObject): string | undefined {
  const reason = textOf(payload['reason']);
  if (reason !== undefined) return reason;
  const type = textOf(payload['__type']) ?? textOf(payload['_type']);
  return type?.split('#').at(-1)?.split(':')[0];
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

const nestedMessage = (error: JsonValue | undefined): string | undefined =>
  isObject(error) ? textOf(error['message']) : textOf(error);

const bodyOf = (body: string): { readonly body?: string } =>
  body.trim() === '' ? {} : { body: body.slice(0, MAX_BODY) };
