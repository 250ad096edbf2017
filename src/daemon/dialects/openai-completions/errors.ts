import { type FailureFacts, failureStatus } from '../../ir/error.js';
import { openAiErrorBody } from '../../ir/openai-error.js';
import type { ClientError, FrameSink } from '../dialect.js';

/** No upstream speaks this dialect, so there is never a body of one to pass on. */
export const encodeError = (failure: FailureFacts): ClientError => ({
  status: failureStatus(failure),
  body: openAiErrorBody(failure),
});

/** No `[DONE]` follows: a client must not take the answer for whole. */
export const encodeStreamError = (failure: FailureFacts, out: FrameSink): void =>
  out(undefined, JSON.stringify(openAiErrorBody(failure)));
