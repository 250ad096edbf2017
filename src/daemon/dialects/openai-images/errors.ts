import { type FailureFacts, failureStatus } from '../../ir/error.js';
import { isObject, parseJson } from '../../ir/json.js';
import { openAiErrorBody } from '../../ir/openai-error.js';
import type { ClientError, FrameSink } from '../dialect.js';

/** A failure before the first byte; an Images upstream's own error object is passed on as it came. */
export function encodeError(failure: FailureFacts): ClientError {
  const status = failureStatus(failure);
  const own = failure.body === undefined ? undefined : parseJson(failure.body);
  const error = isObject(own) ? own['error'] : undefined;
  const isOwn = isObject(error) && typeof error['message'] === 'string' && typeof error['type'] === 'string';
  return { status, body: isOwn && isObject(own) && own['type'] === undefined ? own : openAiErrorBody(failure) };
}

export const encodeStreamError = (failure: FailureFacts, out: FrameSink): void =>
  out('error', JSON.stringify({ type: 'error', ...openAiErrorBody(failure) }));
