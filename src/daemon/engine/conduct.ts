import type { Clock } from '../../shared/clock.js';
import { type FailureFacts, failureStatus } from '../ir/error.js';
import type { Route } from '../pool/credential.js';
import type { Lease } from '../pool/pool.js';
import { attempt } from './attempt.js';
import { noCredential } from './failures.js';
import { type Inbound, ProxyFailure } from './inbound.js';
import type { Attempt, AttemptParts, Reply } from './try.js';

type ConductParts = AttemptParts & { readonly clock: Clock };

/** Everything was tried that may be. `attempted` is false when no upstream was asked at all. */
interface Exhausted {
  readonly failure: FailureFacts;
  readonly attempted: boolean;
}

type Result = { readonly reply: Reply } | Exhausted;

/**
 * The attempt loop: the only one there is. Rounds over the credentials of the model, then of its fallbacks, until one
 * answers, the request turns out to be at fault, or policy says stop.
 * @throws ProxyFailure with the last upstream error, or with what blocks every candidate.
 */
export async function conduct(inbound: Inbound, parts: ConductParts): Promise<Reply> {
  let first: Exhausted | undefined;
  const retries = inbound.stream ? inbound.plan.policy.bootstrapRetries : 0;
  for (let retry = 0; ; retry++) {
    const result = await execute(inbound, parts);
    if ('reply' in result) return result.reply;
    first ??= result;
    // A retry that found nobody says less than the server error that led to it.
    const found = !result.attempted && failureStatus(first.failure) >= 500 ? first : result;
    if (retry >= retries || !result.attempted || !mayRetryStream(found.failure)) throw new ProxyFailure(found.failure);
  }
}

/** Failures after which a stream that has sent nothing yet may be executed anew. */
const STREAM_RETRY_STATUSES: ReadonlySet<number> = new Set([401, 402, 403, 408, 429]);

const mayRetryStream = ({ status }: FailureFacts): boolean =>
  status === undefined || status >= 500 || STREAM_RETRY_STATUSES.has(status);

/** The model that was asked for, then its fallbacks, each at most once. */
async function execute(inbound: Inbound, parts: ConductParts): Promise<Result> {
  const asked = await serve(inbound, inbound.route, parts);
  if ('reply' in asked) return asked;
  let last = asked;
  for (const route of fallbacksOf(inbound)) {
    const result = await serve(inbound, route, parts);
    if ('reply' in result) return result;
    if (result.attempted) last = result;
  }
  return last;
}

/** The map may name a model as clients do or in full. */
function fallbacksOf({ plan, operation, modelName, route }: Inbound): readonly Route[] {
  // Another model counts tokens otherwise, and its vectors cannot be compared with those of the first.
  if (operation === 'count-tokens' || operation === 'embed') return [];
  const named = plan.fallbacksOf(modelName);
  const chain = named.length > 0 ? named : plan.fallbacksOf(route.name);
  return chain.filter(({ name }) => name !== route.name);
}

/** Rounds over the credentials of one model. */
async function serve(inbound: Inbound, route: Route, parts: ConductParts): Promise<Result> {
  const { pool } = inbound.plan;
  let last: FailureFacts | undefined;
  let attempted = false;
  for (let round = 0; ; round++) {
    const tried = new Set<string>();
    for (;;) {
      if (inbound.signal.aborted) throw new ProxyFailure(CLIENT_GONE);
      const lease = pool.acquire(route, { sessionKey: inbound.sessionKey, tried, round });
      if (lease === undefined) break;
      const result = await attemptOnce(lease, inbound, parts);
      if (result.ok) return { reply: result.reply };
      attempted = true;
      last = result.failure;
      inbound.onFailedAttempt(lease, result.failure);
      if (result.verdict.next === 'stop') throw new ProxyFailure(last);
      tried.add(result.verdict.blame === 'credential' ? lease.credential.id : lease.key);
    }
    last ??= noCredential(route, pool.explain(route), parts.now());
    const waitMs = pool.nextRound(route, last, round + 1);
    if (waitMs === undefined) return { failure: last, attempted };
    await wait(waitMs, inbound, parts);
  }
}

async function attemptOnce(lease: Lease, inbound: Inbound, parts: ConductParts): Promise<Attempt> {
  try {
    return await attempt(lease, inbound, parts);
  } catch (error) {
    // The request cannot be expressed there, or we have a defect: neither says anything of the credential.
    lease.released();
    throw error;
  }
}

async function wait(ms: number, { signal }: Inbound, { clock }: ConductParts): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    throw signal.aborted ? new ProxyFailure(CLIENT_GONE) : error;
  }
}

const CLIENT_GONE: FailureFacts = {
  reason: 'aborted',
  code: 'client_closed_request',
  message: 'the client closed the request',
};
