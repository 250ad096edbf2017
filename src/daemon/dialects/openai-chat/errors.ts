import { type FailureFacts, type FailureReason, failureStatus, reasonOfStatus } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import { openAiErrorBody } from '../../ir/openai-error.js';
import type { ClientError, FrameSink } from '../dialect.js';
import { isArray, listOf, objectOf, textOf } from './wire.js';

/** A failure before the first byte. A Chat upstream's own error object is passed on as it came. */
export function encodeError(failure: FailureFacts): ClientError {
  const status = failureStatus(failure);
  const own = failure.body === undefined ? undefined : parseJson(failure.body);
  if (isObject(own) && isChatError(own)) return { status, body: own };
  return { status, body: openAiErrorBody(failure) };
}

/** Anthropic's and Gemini's errors have an `error` object too, but tell themselves apart. */
function isChatError(body: JsonObject): boolean {
  const error = objectOf(body['error']);
  if (error === undefined || textOf(error['message']) === undefined || body['type'] === 'error') return false;
  return typeof error['status'] !== 'string' && (typeof error['type'] === 'string' || 'code' in error);
}

/** No `[DONE]` follows: a client must not take the answer for whole. */
export const encodeStreamError = (failure: FailureFacts, out: FrameSink): void =>
  out(undefined, JSON.stringify(openAiErrorBody(failure)));

const MAX_BODY_CHARS = 64 * 1024;

/**
 * Reads an error answer of any status and body. The status decides who is to blame, the body says more: 502 is also what
 * an error object inside an answer with status 200 is read as, so there the body's own status counts.
 */
export function decodeError(status: number, body: string): FailureFacts {
  const parsed = parseJson(body);
  const holder = isArray(parsed) ? parsed[0] : parsed;
  const object = isObject(holder) ? holder : undefined;
  const known = object === undefined ? {} : readError(object);
  const effective = status === 502 ? (known.status ?? status) : status;
  const message = known.message ?? plainMessage(status, body, object !== undefined);
  const reason = refine(effective, known.code, known.type, message);
  const retryAfterMs = retryHint(object, message);
  return {
    reason,
    status: effective,
    ...(known.code === undefined ? {} : { code: known.code }),
    message,
    ...(known.param === undefined ? {} : { param: known.param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(body.trim() === '' ? {} : { body: body.slice(0, MAX_BODY_CHARS) }),
  };
}

/** An error inside a stream that began with status 200, in any of the forms servers use; `undefined` when it is none. */
export function inBandFailure(event: string | undefined, frame: JsonValue | undefined): FailureFacts | undefined {
  if (frame === undefined) {
    return {
      reason: 'protocol',
      status: 502,
      code: 'invalid_upstream_frame',
      message: 'the upstream sent a frame that is not JSON',
    };
  }
  if (!isObject(frame)) return undefined;
  const { type } = frame;
  const isError =
    (frame['error'] !== undefined && frame['error'] !== null) ||
    (objectOf(frame['response'])?.['error'] ?? null) !== null ||
    event === 'error' ||
    type === 'error' ||
    type === 'response.error' ||
    type === 'response.failed' ||
    (frame['choices'] === undefined && frame['code'] !== undefined && typeof frame['message'] === 'string');
  if (!isError) return undefined;
  const { body: _body, ...facts } = decodeError(502, JSON.stringify(frame));
  const { status, code } = facts;
  const byCode = code === undefined ? undefined : Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  // A code we know says more than the status that stands for "none given".
  if (status !== 502 || byCode === undefined) return facts;
  return { ...facts, reason: byCode, status: failureStatus({ reason: byCode, message: '' }) };
}

interface Known {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  readonly status?: number;
}

function readError(body: JsonObject): Known {
  const nested = body['error'] ?? objectOf(body['response'])?.['error'];
  const error = isObject(nested) ? nested : body;
  const upstream = parseJson(textOf(objectOf(error['metadata'])?.['raw']) ?? '');
  const message =
    textOf(error['message']) ??
    textOf(nested) ??
    textOf(body['message']) ??
    textOf(body['detail']) ??
    textOf(objectOf(listOf(body['detail'])[0])?.['msg']) ??
    textOf(objectOf(objectOf(upstream)?.['error'])?.['message']);
  const type = textOf(error['type']) ?? textOf(body['error_type']);
  const code =
    textOf(error['code']) ??
    textOf(body['code']) ??
    (typeof error['status'] === 'string' ? error['status'] : undefined);
  const param = textOf(error['param']);
  const status = [
    body['status'],
    body['status_code'],
    error['status'],
    error['status_code'],
    error['code'],
    body['code'],
  ]
    .map((value) => (typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value))
    .find((value): value is number => typeof value === 'number' && value >= 400 && value <= 599);
  return {
    ...(message === undefined ? {} : { message: withoutSecrets(message) }),
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(status === undefined ? {} : { status }),
  };
}

/** Error pages and empty bodies have nothing worth showing but the status. */
function plainMessage(status: number, body: string, isJson: boolean): string {
  const text = body.trim();
  if (text === '') return `upstream answered ${status} with an empty body`;
  if (text.startsWith('<')) return `upstream answered ${status} with an HTML page`;
  return isJson || text.length > 500 ? `upstream answered ${status}` : withoutSecrets(text);
}

/** Codes and types that say more than a status. */
const CODES: Readonly<Record<string, FailureReason>> = {
  context_length_exceeded: 'context-length',
  model_not_found: 'model-missing',
  model_not_supported: 'model-missing',
  content_filter: 'content-policy',
  content_policy_violation: 'content-policy',
  insufficient_quota: 'quota',
  billing_hard_limit_reached: 'billing',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  server_is_overloaded: 'overloaded',
  overloaded_error: 'overloaded',
  slow_down: 'overloaded',
  invalid_api_key: 'auth',
  authentication_error: 'auth',
  server_error: 'server',
  invalid_request_error: 'invalid-request',
};

const CONTEXT_LENGTH = /context (length|window)|maximum context|prompt is too long|too many tokens|input is too long/i;
const CONTENT_POLICY = /content (policy|management policy)|safety system/i;

function refine(status: number, code: string | undefined, type: string | undefined, message: string): FailureReason {
  const named = [code, type].map((word) =>
    word !== undefined && Object.hasOwn(CODES, word) ? CODES[word] : undefined,
  );
  switch (status) {
    case 400:
    case 409:
    case 422:
      if (named.includes('context-length') || CONTEXT_LENGTH.test(message)) return 'context-length';
      if (named.includes('content-policy') || CONTENT_POLICY.test(message)) return 'content-policy';
      return named.includes('model-missing') ? 'model-missing' : 'invalid-request';
    case 404:
      // A path that does not exist is another thing than a model that does not, but both mean: not here.
      return 'model-missing';
    case 413:
      return CONTEXT_LENGTH.test(message) ? 'context-length' : 'too-large';
    case 429:
      return named.includes('quota') || named.includes('billing') ? 'quota' : 'rate-limit';
    case 500:
    case 503:
      return named.includes('overloaded') ? 'overloaded' : reasonOfStatus(status);
    default:
      return reasonOfStatus(status);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Seconds in a field, Google's `RetryInfo`, or OpenAI's sentence "Please try again in 1m30.5s". */
function retryHint(body: JsonObject | undefined, message: string): number | undefined {
  const error = objectOf(body?.['error']) ?? body;
  const seconds = [error?.['retry_after'], body?.['retry_after'], objectOf(error?.['metadata'])?.['retry_after']].find(
    (value): value is number => typeof value === 'number' && value >= 0,
  );
  if (seconds !== undefined) return Math.round(seconds * 1000);
  const delay = listOf(error?.['details']).flatMap((detail) => textOf(objectOf(detail)?.['retryDelay']) ?? [])[0];
  const text = delay ?? /try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s)\s*)+)/i.exec(message)?.[1];
  return text === undefined ? undefined : durationMs(text);
}

function durationMs(text: string): number | undefined {
  const pieces = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (pieces.length === 0) return undefined;
  return Math.ceil(pieces.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0));
}

/** Vendors quote keys and links with keys in their messages. */
const withoutSecrets = (message: string): string =>
  message
    .replace(/\bhttps?:\/\/[^\s"']*[?&](?:key|token|access_token|api_key|sig)=[^\s"']*/gi, '[link removed]')
    .replace(/\b(Bearer\s+|sk-|AIza)[A-Za-z0-9._*-]{6,}/g, '[key removed]');
