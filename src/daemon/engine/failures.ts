import type { FailureFacts } from '../ir/error.js';
import type { Route } from '../pool/credential.js';
import type { CandidateState } from '../pool/pool.js';
import type { TransportError } from '../transport/http.js';

/** A connection failure as data. No status of its own: nothing was answered. */
export function transportFailure(error: TransportError): FailureFacts {
  const message = `upstream ${error.message}`;
  switch (error.kind) {
    case 'aborted':
      return { reason: 'aborted', code: 'client_closed_request', message: 'the client closed the request' };
    case 'timeout':
      return { reason: 'timeout', code: error.code, message };
    case 'network':
      return { reason: 'network', code: error.code, message };
  }
}

export const unknownModel = (name: string): FailureFacts => ({
  reason: 'model-missing',
  status: 404,
  code: 'model_not_found',
  param: 'model',
  message: `no provider serves the model "${name}"; "cliproxyctl models" and GET /v1/models list what is served`,
});

/** Nobody may serve right now: says for each candidate why, and until when. */
export function noCredential(route: Route, states: readonly CandidateState[], now: number): FailureFacts {
  const cooling = states.flatMap(({ blocked }) => (blocked === undefined ? [] : [blocked]));
  const lines = states.map(({ credential, blocked }) =>
    blocked === undefined
      ? `${credential.label}: may not be tried again`
      : `${credential.label}: ${blocked.reason}, ${blocked.until > now ? `free in ${seconds(blocked.until - now)} s` : 'being probed'}`,
  );
  const shown = lines.length > 5 ? [...lines.slice(0, 5), `and ${lines.length - 5} more`] : lines;
  const message = `no credential can serve "${route.name}" now (${shown.join('; ')})`;
  if (cooling.length === 0) return { reason: 'unavailable', status: 503, code: 'auth_unavailable', message };
  // While a cooldown that is over is being probed, the next second knows more.
  const retryAfterMs = Math.max(1000, Math.min(...cooling.map(({ until }) => until)) - now);
  const reasons = new Set(cooling.map(({ reason }) => reason));
  const limited = [...reasons].every((reason) => reason === 'rate-limit' || reason === 'quota');
  if (limited) return { reason: 'rate-limit', status: 429, code: 'model_cooldown', message, retryAfterMs };
  if (reasons.size === 1 && reasons.has('auth')) {
    return { reason: 'auth', status: 401, code: 'upstream_credentials_refused', message, retryAfterMs };
  }
  if (reasons.size === 1 && reasons.has('billing')) return { reason: 'billing', status: 402, message, retryAfterMs };
  if (reasons.size === 1 && reasons.has('model-missing')) {
    return { reason: 'model-missing', status: 404, code: 'model_not_found', message, retryAfterMs };
  }
  return { reason: 'unavailable', status: 503, code: 'auth_unavailable', message, retryAfterMs };
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);
