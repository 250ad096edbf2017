import { type FailureFacts, type FailureReason, failureStatus } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { ClientError, FrameSink } from '../dialect.js';

/** OpenAI's error object, the same as in its chat dialect: management-api.md 13.5. */
const BY_STATUS: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  401: ['authentication_error', 'invalid_api_key'],
  403: ['permission_error', 'insufficient_quota'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['rate_limit_error', 'rate_limit_exceeded'],
};
const BY_REASON: Readonly<Partial<Record<FailureReason, string>>> = {
  billing: 'insufficient_quota',
  quota: 'insufficient_quota',
  'context-length': 'context_length_exceeded',
  'content-policy': 'content_filter',
};

export function errorBody(failure: FailureFacts): JsonObject {
  const status = failureStatus(failure);
  const [type, code] =
    BY_STATUS[status] ?? (status >= 500 ? ['server_error', 'internal_server_error'] : ['invalid_request_error', null]);
  return {
    error: {
      message: failure.message,
      type,
      param: failure.param ?? null,
      code: failure.code ?? BY_REASON[failure.reason] ?? code,
    },
  };
}

/** No upstream speaks this dialect, so there is never a body of one to pass on. */
export const encodeError = (failure: FailureFacts): ClientError => ({
  status: failureStatus(failure),
  body: errorBody(failure),
});

/** No `[DONE]` follows: a client must not take the answer for whole. */
export const encodeStreamError = (failure: FailureFacts, out: FrameSink): void =>
  out(undefined, JSON.stringify(errorBody(failure)));
