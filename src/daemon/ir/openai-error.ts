import { type FailureFacts, type FailureReason, failureStatus } from './error.js';
import type { JsonObject } from './json.js';

/** Type and code by status, for both of OpenAI's completion dialects. */
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

/** A failure as OpenAI's completion APIs tell it. */
export function openAiErrorBody(failure: FailureFacts): JsonObject {
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
