import { type FailureFacts, type FailureReason, failureStatus, reasonOfStatus } from '../../ir/error.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { ClientError, FrameSink } from '../dialect.js';
import { asNumber, asObject, asString } from './wire.js';

const MAX_BODY_CHARS = 64 * 1024;

const REASON_OF_TYPE: Readonly<Record<string, FailureReason>> = {
  invalid_request_error: 'invalid-request',
  authentication_error: 'auth',
  billing_error: 'billing',
  permission_error: 'forbidden',
  not_found_error: 'model-missing',
  request_too_large: 'too-large',
  rate_limit_error: 'rate-limit',
  timeout_error: 'timeout',
  api_error: 'server',
  overloaded_error: 'overloaded',
};

/** Statuses that leave it to the body who is at fault. */
const UNDECIDED: ReadonlySet<number> = new Set([400, 409, 422]);

/** Reads an error answer: the status decides first, then the error's type, then its message. */
export function decodeError(status: number, body: string): FailureFacts {
  const error = readError(parseJson(body));
  const kept = body === '' ? {} : { body: scrub(body.slice(0, MAX_BODY_CHARS)) };
  if (error === undefined) {
    return { reason: reasonOfStatus(status), status, message: scrub(describe(status, body)), ...kept };
  }
  const byType = reasonOfType(error.type, error.message);
  const isRefined = byType !== undefined && (UNDECIDED.has(status) || (status >= 500 && byType !== 'invalid-request'));
  const reason = isRefined ? byType : reasonOfStatus(status);
  // A gateway's 502 that wraps a typed error says less than the type.
  const hasStatus = !(isRefined && status === 502);
  return { reason, ...(hasStatus ? { status } : {}), ...facts(error), ...kept };
}

/** Reads an error object from inside a stream, where no status says more. */
export function readErrorObject(frame: JsonObject, text: string): FailureFacts {
  const error = readError(frame);
  if (error === undefined) return { reason: 'server', message: 'the upstream reported an error', body: scrub(text) };
  return {
    reason: reasonOfType(error.type, error.message) ?? 'server',
    ...facts(error),
    body: scrub(text.slice(0, MAX_BODY_CHARS)),
  };
}

interface WireError {
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly message: string;
  readonly resetSeconds: number | undefined;
}

/** `{"error": {...}}` as the vendor has it, or the looser forms of compatible upstreams. */
function readError(body: unknown): WireError | undefined {
  if (!isObject(body)) return undefined;
  const error = asObject(body['error']) ?? body;
  const message = asString(error['message']) ?? asString(body['error']) ?? asString(body['detail']);
  if (message === undefined) return undefined;
  const type = asString(error['type']);
  const code = asString(asObject(error['details'])?.['error_code']) ?? asString(error['code']) ?? type;
  return { type, code, message, resetSeconds: asNumber(error['reset_seconds']) };
}

const facts = ({ code, message, resetSeconds }: WireError): Omit<FailureFacts, 'reason'> => ({
  ...(code === undefined ? {} : { code }),
  message: scrub(message),
  ...(resetSeconds === undefined ? {} : { retryAfterMs: resetSeconds * 1000 }),
});

/** Some upstreams quote the key they refuse, or a link with one in it. */
const scrub = (text: string): string =>
  text
    .replace(/([?&](?:key|api[_-]?key|access[_-]?token|token)=)[^&\s"']+/gi, '$1[redacted]')
    .replace(/\bsk-[\w-]{16,}/g, '[redacted]');

/** The vendor calls all of these `invalid_request_error`; only the message tells them apart. */
const BY_MESSAGE: readonly (readonly [RegExp, FailureReason])[] = [
  [/prompt is too long|exceeds? (the )?(model'?s? )?(maximum )?context/i, 'context-length'],
  [/credit balance is too low/i, 'billing'],
  [/blocked by content filtering policy/i, 'content-policy'],
];

function reasonOfType(type: string | undefined, message: string): FailureReason | undefined {
  const reason = type !== undefined && Object.hasOwn(REASON_OF_TYPE, type) ? REASON_OF_TYPE[type] : undefined;
  if (reason !== undefined && reason !== 'invalid-request') return reason;
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1] ?? reason;
}

function describe(status: number, body: string): string {
  const text = body.trim();
  if (text === '') return `the upstream answered ${status} without a body`;
  if (text.startsWith('<')) return `the upstream answered ${status} with a web page`;
  return `the upstream answered ${status}: ${text.slice(0, 200)}`;
}

const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const typeOf = (status: number): string =>
  TYPE_OF_STATUS[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');

/** A failure as clients of this dialect know it; an error body of this very dialect passes as it came. */
export function encodeError(failure: FailureFacts): ClientError {
  // Other vendors say 503 when they are overloaded; clients of this dialect know 529 for it.
  const status = failure.reason === 'overloaded' ? 529 : failureStatus(failure);
  const given = failure.body === undefined ? undefined : parseJson(failure.body);
  if (isOwnError(given)) return { status, body: given };
  const details = failure.code === 'thread_not_found' ? { details: { error_code: failure.code } } : {};
  return { status, body: { type: 'error', error: { type: typeOf(status), message: textOf(failure), ...details } } };
}

function isOwnError(body: unknown): body is JsonObject {
  if (!isObject(body) || body['type'] !== 'error') return false;
  const error = asObject(body['error']);
  return typeof error?.['type'] === 'string' && typeof error['message'] === 'string';
}

/** Claude Code compacts its conversation when it reads these words, whoever the upstream was. */
function textOf({ reason, message }: FailureFacts): string {
  const isKnown = reason !== 'context-length' || /prompt is too long/i.test(message);
  return isKnown ? message : `prompt is too long: ${message}`;
}

/** The frame for a failure after the first byte. */
export function encodeStreamError(failure: FailureFacts, out: FrameSink): void {
  out('error', JSON.stringify(encodeError(failure).body));
}
