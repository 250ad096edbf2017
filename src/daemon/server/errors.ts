import type { Context } from 'hono';
import type { ClientDialect } from '../dialects/dialect.js';
import { ProxyFailure } from '../engine/inbound.js';
import { type FailureFacts, RequestFault } from '../ir/error.js';
import type { ServerEnv } from './env.js';
import { respond } from './respond.js';

/** What went wrong, as data; an unexpected error tells the client nothing of itself. */
export function toFailure(error: unknown): FailureFacts {
  if (error instanceof ProxyFailure || error instanceof RequestFault) return error.failure;
  if (error instanceof DOMException && error.name === 'AbortError') {
    return { reason: 'aborted', message: 'the client closed the request' };
  }
  return {
    reason: 'server',
    status: 500,
    code: 'internal_error',
    message: 'internal error of the gateway; its log has more',
  };
}

/** Answers a failure in the client's own dialect. */
export function respondFailure(c: Context<ServerEnv>, dialect: ClientDialect, failure: FailureFacts): Response {
  const { status, body } = dialect.encodeError(failure);
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  if (failure.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(failure.retryAfterMs / 1000));
  const bytes = failure.isVerbatim === true && failure.body !== undefined ? failure.body : JSON.stringify(body);
  return respond(c, { status, headers, body: { kind: 'whole', bytes } });
}
