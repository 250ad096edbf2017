import { type FailureFacts, type FailureReason, failureStatus, reasonOfStatus } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue, ownValue, parseJson } from '../../ir/json.js';
import type { ClientError, FrameSink } from '../dialect.js';

/** What an error says, wherever it stood. */
interface WireError {
  readonly type?: string;
  readonly code?: string;
  readonly message?: string;
  readonly param?: string;
  readonly status?: number;
  readonly fields: JsonObject;
}

/** Reads an error answer: the status first, then the body, which may be anything. */
export function decodeError(status: number, body: string): FailureFacts {
  const parsed = parseJson(body);
  const error = isObject(parsed) ? readError(parsed) : { fields: {} };
  // The engine hands over 502 for an error object inside a 200 answer, so there the object's own words count.
  const effective = status === 502 ? (statusOf(error) ?? status) : status;
  if (parsed === undefined && /^\s*<(!doctype|html)/i.test(body)) {
    const message = `the upstream answered ${status} with a web page`;
    return { reason: reasonOfStatus(status), status, code: 'html_response', message };
  }
  return factsOf(error, effective);
}

/** Reads the error of an `error` or `response.failed` event, which has no HTTP status. */
export function decodeEventError(event: JsonObject): FailureFacts {
  const error = readError(event);
  return factsOf(error, statusOf(error) ?? 502);
}

function factsOf(error: WireError, status: number): FailureFacts {
  const reason = reasonOf(error, status);
  const retryAfterMs = retryAfter(error);
  const code = error.code ?? error.type;
  return {
    reason,
    // A used-up plan arrives as 400 at times; a client must see that waiting helps.
    status: reason === 'quota' || reason === 'rate-limit' ? 429 : status,
    ...(code === undefined ? {} : { code }),
    message: withoutKeys(error.message ?? `the upstream answered ${status}`),
    ...(error.param === undefined ? {} : { param: error.param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** `{error: {...}}`, `{response: {error}}`, `{body: {error}}`, FastAPI's `{detail}`, or the members on top. */
function readError(value: JsonObject): WireError {
  const response = isObject(value['response']) ? value['response'] : undefined;
  const inner = [value['error'], response?.['error'], isObject(value['body']) ? value['body']['error'] : undefined];
  const error = inner.find(isObject) ?? (isObject(value['detail']) ? value['detail'] : value);
  const texts = [error['message'], ...inner, value['detail'], error['msg'], detailText(value['detail'])];
  const status = [error['status_code'], error['status'], value['status_code'], value['status']].find(isFailureStatus);
  const type = error === value && value['type'] === 'error' ? undefined : text(error['type']);
  const code = text(error['code']);
  const param = text(error['param']);
  const message = texts.map(text).find((candidate) => candidate !== undefined);
  return {
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(param === undefined ? {} : { param }),
    ...(status === undefined ? {} : { status }),
    fields: error,
  };
}

const text = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** FastAPI lists what is wrong as `detail: [{msg}]`. */
const detailText = (detail: JsonValue | undefined): JsonValue | undefined => {
  const first: JsonValue | undefined = Array.isArray(detail) ? detail[0] : undefined;
  return isObject(first) ? first['msg'] : undefined;
};

const isFailureStatus = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && value >= 400 && value <= 599;

const STATUS_OF_WORD: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  invalid_prompt: 400,
  context_length_exceeded: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  not_found_error: 404,
  model_not_found: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  too_many_requests: 429,
  usage_limit_reached: 429,
  insufficient_quota: 429,
  server_error: 500,
  server_is_overloaded: 503,
  slow_down: 503,
  service_unavailable_error: 503,
};

const statusOf = ({ status, code, type }: WireError): number | undefined =>
  status ?? ownValue(STATUS_OF_WORD, code ?? '') ?? ownValue(STATUS_OF_WORD, type ?? '');

const REASON_OF_WORD: Readonly<Record<string, FailureReason>> = {
  usage_limit_reached: 'quota',
  usage_not_included: 'quota',
  insufficient_quota: 'quota',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  context_length_exceeded: 'context-length',
  server_is_overloaded: 'overloaded',
  slow_down: 'overloaded',
  service_unavailable_error: 'overloaded',
  content_policy_violation: 'content-policy',
  content_filter: 'content-policy',
  cyber_policy: 'content-policy',
  bio_policy: 'content-policy',
  model_not_found: 'model-missing',
  previous_response_not_found: 'invalid-request',
};

/** 401, 402 and 403 blame the credential whatever the body calls itself; elsewhere the body's code is more exact. */
function reasonOf(error: WireError, status: number): FailureReason {
  if (status === 401 || status === 402 || status === 403 || status === 413) return reasonOfStatus(status);
  const known = ownValue(REASON_OF_WORD, error.code ?? '') ?? ownValue(REASON_OF_WORD, error.type ?? '');
  if (known !== undefined) return known;
  const message = error.message ?? '';
  if (/model is at capacity/i.test(message)) return 'overloaded';
  if (status === 404) return isAboutItem(error) ? 'invalid-request' : 'model-missing';
  if (status === 400 || status === 422) {
    if (/context window|too many tokens|maximum context length/i.test(message)) return 'context-length';
    if (/model .*(not supported|does not exist)/i.test(message)) return 'model-missing';
  }
  return reasonOfStatus(status);
}

/** An item that was never stored, such as reasoning without its encrypted content. */
const isAboutItem = ({ message = '', param }: WireError): boolean =>
  param?.startsWith('input') === true || /item with id .* not found|not persisted/i.test(message);

/** `resets_in_seconds`, `resets_at` in epoch seconds, or the words "try again in 1.5s". */
function retryAfter({ fields, message = '' }: WireError): number | undefined {
  const { resets_in_seconds: seconds, resets_at: at } = fields;
  if (typeof at === 'number' && at * 1000 > Date.now()) return at * 1000 - Date.now();
  if (typeof seconds === 'number' && seconds >= 0) return seconds * 1000;
  const words = /try again in (\d+(?:\.\d+)?)\s*(ms|s|m)\b/i.exec(message);
  if (words === null) return undefined;
  const unit = words[2] === 'ms' ? 1 : words[2] === 's' ? 1000 : 60_000;
  return Math.ceil(Number(words[1]) * unit);
}

/** Some upstreams repeat the URL they were called with, or the key. */
const withoutKeys = (message: string): string =>
  message
    .replace(/([?&](?:key|api[_-]?key|access[_-]?token|token)=)[^&\s"']+/gi, '$1[redacted]')
    .replace(/\bsk-[\w-]{16,}/g, '[redacted]');

interface ErrorWords {
  readonly type: string;
  readonly code: string | null;
}

/** management-api.md 13.5 */
function wordsOf(status: number): ErrorWords {
  switch (status) {
    case 401:
      return { type: 'authentication_error', code: 'invalid_api_key' };
    case 403:
      return { type: 'permission_error', code: 'insufficient_quota' };
    case 404:
      return { type: 'invalid_request_error', code: 'model_not_found' };
    case 408:
      return { type: 'invalid_request_error', code: 'request_timeout' };
    case 429:
      return { type: 'rate_limit_error', code: 'rate_limit_exceeded' };
    default:
      if (status >= 500) return { type: 'server_error', code: 'internal_server_error' };
      return { type: 'invalid_request_error', code: null };
  }
}

/** The code and message of a failure, for an answer or an event. */
export function errorDetails(failure: FailureFacts): { readonly code: string | null; readonly message: string } {
  return { code: failure.code ?? wordsOf(failureStatus(failure)).code, message: failure.message };
}

export function encodeError(failure: FailureFacts): ClientError {
  const status = failureStatus(failure);
  const vendor = failure.body === undefined ? undefined : parseJson(failure.body);
  if (isObject(vendor) && isOwnError(vendor)) return { status, body: vendor };
  const { type } = wordsOf(status);
  const { code, message } = errorDetails(failure);
  return { status, body: { error: { message, type, param: failure.param ?? null, code } } };
}

/** OpenAI's error object: Anthropic's has a `type` on top, Gemini's a numeric `code` and a `status`. */
function isOwnError(body: JsonObject): boolean {
  const { type, error } = body;
  return (
    type === undefined &&
    isObject(error) &&
    typeof error['message'] === 'string' &&
    typeof error['type'] === 'string' &&
    typeof error['code'] !== 'number'
  );
}

/** An `error` event. The number of a relayed stream's last event is not known, and clients do not compare it. */
export function errorEvent(failure: FailureFacts, sequenceNumber: number): string {
  const { code, message } = errorDetails(failure);
  const event = { type: 'error', sequence_number: sequenceNumber, code, message, param: failure.param ?? null };
  return JSON.stringify(event);
}

export function encodeStreamError(failure: FailureFacts, out: FrameSink): void {
  out('error', errorEvent(failure, 0));
}
