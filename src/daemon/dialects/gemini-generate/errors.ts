import { type FailureFacts, type FailureReason, failureStatus, reasonOfStatus } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { ClientError, FrameSink } from '../dialect.js';
import { readRetryAfter } from './error-retry.js';

const MAX_BODY = 64 * 1024;
/** A rate limit that takes this long to pass is a spent quota. */
const QUOTA_WAIT_MS = 5 * 60_000;

/** `google.rpc.ErrorInfo.reason` by what it means for the credential. */
const INFO_REASONS: Readonly<Record<string, FailureReason>> = {
  API_KEY_INVALID: 'auth',
  API_KEY_EXPIRED: 'auth',
  ACCESS_TOKEN_EXPIRED: 'auth',
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'auth',
  CREDENTIALS_MISSING: 'auth',
  ACCOUNT_STATE_INVALID: 'auth',
  SERVICE_DISABLED: 'forbidden',
  CONSUMER_INVALID: 'forbidden',
  CONSUMER_SUSPENDED: 'forbidden',
  USER_PROJECT_DENIED: 'forbidden',
  API_KEY_SERVICE_BLOCKED: 'forbidden',
  API_KEY_IP_ADDRESS_BLOCKED: 'forbidden',
  API_KEY_HTTP_REFERRER_BLOCKED: 'forbidden',
  BILLING_DISABLED: 'billing',
  QUOTA_EXHAUSTED: 'quota',
  RATE_LIMIT_EXCEEDED: 'rate-limit',
  MODEL_CAPACITY_EXHAUSTED: 'overloaded',
};

/** Google's error names by HTTP status. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'PERMISSION_DENIED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  529: 'UNAVAILABLE',
};

/** Reads an error answer of any shape; one from inside a 200 stream brings its status along in `code`. */
export function decodeError(status: number, body: string): FailureFacts {
  const error = errorObject(parseJson(body));
  if (error === undefined) return bareFailure(status, body);
  const { code, message, status: name } = error;
  const own = typeof code === 'number' && code >= 400 && code <= 599 ? code : undefined;
  const actual = (status < 400 || status === 502 ? own : undefined) ?? (status < 400 ? 502 : status);
  const details = detailsOf(error);
  const text = redact(typeof message === 'string' && message !== '' ? message : `the upstream answered ${actual}`);
  const info = details.map(({ reason }) => reason).find((reason) => typeof reason === 'string');
  const retryAfterMs = readRetryAfter(details, text);
  const param = fieldOf(details);
  return {
    reason: reasonOf({ status: actual, message: text.toLowerCase(), info, details, retryAfterMs }),
    status: actual,
    ...codeOf(info, name),
    message: text,
    ...(param === undefined ? {} : { param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    body: redact(body.slice(0, MAX_BODY)),
  };
}

/** The error object, also out of the array that a stream without `alt=sse` is. */
function errorObject(value: JsonValue | undefined): JsonObject | undefined {
  const outer = Array.isArray(value) ? value.find((item) => isObject(item) && item['error'] !== undefined) : value;
  if (!isObject(outer)) return undefined;
  const { error } = outer;
  if (typeof error === 'string') return { message: error };
  return isObject(error) ? error : undefined;
}

function bareFailure(status: number, body: string): FailureFacts {
  const actual = status < 400 ? 502 : status;
  const isBlank = body.trim() === '';
  const message = isBlank ? `the upstream answered ${actual} without a body` : `the upstream answered ${actual}`;
  return {
    reason: status < 400 ? 'protocol' : reasonOfStatus(actual),
    status: actual,
    message,
    ...(isBlank ? {} : { body: redact(body.slice(0, MAX_BODY)) }),
  };
}

const detailsOf = ({ details }: JsonObject): readonly JsonObject[] =>
  Array.isArray(details) ? details.filter(isObject) : [];

function codeOf(info: JsonValue | undefined, name: JsonValue | undefined): { readonly code?: string } {
  const code = info ?? name;
  return typeof code === 'string' ? { code } : {};
}

function fieldOf(details: readonly JsonObject[]): string | undefined {
  const violations = details.flatMap(({ fieldViolations }) => (Array.isArray(fieldViolations) ? fieldViolations : []));
  const field = violations.filter(isObject).map((violation) => violation['field'])[0];
  return typeof field === 'string' && field !== '' ? field : undefined;
}

interface Clues {
  readonly status: number;
  /** Lower case. */
  readonly message: string;
  readonly info: JsonValue | undefined;
  readonly details: readonly JsonObject[];
  readonly retryAfterMs: number | undefined;
}

function reasonOf(clues: Clues): FailureReason {
  const { status, info, message } = clues;
  const named = typeof info === 'string' ? INFO_REASONS[info.toUpperCase()] : undefined;
  if (named === 'rate-limit' && (clues.retryAfterMs ?? 0) >= QUOTA_WAIT_MS) return 'quota';
  if (named !== undefined) return named;
  if (status === 429) return limitReason(clues);
  if (status === 499) return 'aborted';
  if (status === 400) return refusalReason(message);
  return reasonOfStatus(status);
}

/** A daily limit is a quota, one per minute a rate. */
function limitReason({ message, details }: Clues): FailureReason {
  const limits = JSON.stringify(details).toLowerCase();
  if (limits.includes('perday') || /quota[ _]exhausted|per day/.test(message)) return 'quota';
  return /no capacity available|model capacity/.test(message) ? 'overloaded' : 'rate-limit';
}

/** 400 covers the request, the key and the account; only the words tell which. */
function refusalReason(message: string): FailureReason {
  if (/api key (not valid|expired)|api_key_invalid/.test(message)) return 'auth';
  if (/location is not supported/.test(message)) return 'forbidden';
  if (/enable billing|billing account/.test(message)) return 'billing';
  if (/token count.*exceeds|maximum number of tokens|context length/.test(message)) return 'context-length';
  return /payload size exceeds|request is too large/.test(message) ? 'too-large' : 'invalid-request';
}

/** Keys that an error text repeats. */
const redact = (text: string): string =>
  text.replace(/([?&]key=)[^&\s"'\\]+/g, '$1[redacted]').replace(/AIza[0-9A-Za-z_-]{20,}/g, '[redacted]');

/** A failure before the first byte; Google's own error body passes as it came. */
export function encodeError(failure: FailureFacts): ClientError {
  return { status: failureStatus(failure), body: ownBody(failure) ?? { error: printError(failure) } };
}

/** A failure in the middle of a stream: one more frame, without an event name, which Google's clients would not read. */
export function encodeStreamError(failure: FailureFacts, out: FrameSink): void {
  out(undefined, JSON.stringify(ownBody(failure) ?? { error: printError(failure) }));
}

function ownBody({ body }: FailureFacts): JsonObject | undefined {
  const error = body === undefined ? undefined : errorObject(parseJson(body));
  const isOwn = typeof error?.['code'] === 'number' && typeof error['message'] === 'string';
  return isOwn && typeof error['status'] === 'string' ? { error } : undefined;
}

function printError(failure: FailureFacts): JsonObject {
  const code = failureStatus(failure);
  const details = printDetails(failure);
  return {
    code,
    message: failure.message,
    status: STATUS_NAMES[code] ?? (code >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT'),
    ...(details.length === 0 ? {} : { details }),
  };
}

const RPC = 'type.googleapis.com/google.rpc.';

function printDetails({ code, param, message, retryAfterMs }: FailureFacts): readonly JsonObject[] {
  return [
    ...(code === undefined ? [] : [{ '@type': `${RPC}ErrorInfo`, reason: code, domain: 'cliproxyctl' }]),
    ...(param === undefined
      ? []
      : [{ '@type': `${RPC}BadRequest`, fieldViolations: [{ field: param, description: message }] }]),
    ...(retryAfterMs === undefined ? [] : [{ '@type': `${RPC}RetryInfo`, retryDelay: `${retryAfterMs / 1000}s` }]),
  ];
}
