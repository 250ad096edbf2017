import type { FailureFacts } from '../ir/error.js';
import type { Route } from '../pool/credential.js';
import { type CandidateState, freeInMs } from '../pool/pool.js';
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
  const lines = states.map(
    (state) => `${state.credential.label}: ${whyPassedOver(state, now) ?? 'may not be tried again'}`,
  );
  const shown = lines.length > 5 ? [...lines.slice(0, 5), `and ${lines.length - 5} more`] : lines;
  const message = `no credential can serve "${route.name}" now (${shown.join('; ')})`;
  const kept = states.filter(({ blocked, isFull }) => blocked !== undefined || isFull);
  if (kept.length === 0) return { reason: 'unavailable', status: 503, code: 'auth_unavailable', message };
  const retryAfterMs = Math.min(
    ...kept.map(({ blocked }) => (blocked === undefined ? ROOM_MS : freeInMs(blocked, now))),
  );
  const reasons = new Set(kept.map(({ blocked }) => blocked?.reason ?? 'full'));
  if ([...reasons].every((reason) => PASSES.has(reason))) {
    const code = reasons.has('full') ? 'credentials_busy' : 'model_cooldown';
    return { reason: 'rate-limit', status: 429, code, message, retryAfterMs };
  }
  const [only] = reasons.size === 1 ? reasons : [];
  switch (only) {
    case 'auth':
      return { reason: 'auth', status: 401, code: 'upstream_credentials_refused', message, retryAfterMs };
    case 'billing':
      return { reason: 'billing', status: 402, message, retryAfterMs };
    case 'model-missing':
      return { reason: 'model-missing', status: 404, code: 'model_not_found', message, retryAfterMs };
    default:
      return { reason: 'unavailable', status: 503, code: 'auth_unavailable', message, retryAfterMs };
  }
}

/** Limits, of the vendor or ours: asking again later is all there is to do. */
const PASSES: ReadonlySet<string> = new Set(['rate-limit', 'quota', 'full']);
/** When a client may look again for a credential that is only busy. */
const ROOM_MS = 2000;

/** Why a candidate was not asked, and until when; `undefined`: nothing kept it. */
export function whyPassedOver({ blocked, running, isFull }: CandidateState, now: number): string | undefined {
  if (blocked !== undefined) {
    const { reason, until, probeAt = until } = blocked;
    if (probeAt <= now) return `${reason}, being probed`;
    return probeAt < until
      ? `${reason}, tried again in ${seconds(probeAt - now)} s`
      : `${reason}, free in ${seconds(until - now)} s`;
  }
  return isFull ? `busy with ${running} requests, as many as it may have` : undefined;
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);
