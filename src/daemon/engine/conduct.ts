import type { Clock } from '../../shared/clock.js';
import { type FailureFacts, failureStatus } from '../ir/error.js';
import { drawsImages } from '../ir/image-answer.js';
import type { Route } from '../pool/credential.js';
import type { Lease, Place, Want } from '../pool/pool.js';
import type { Verdict } from '../providers/provider.js';
import { attempt } from './attempt.js';
import { divide, isDivided } from './divide.js';
import { keepAliveOf, replyEarly } from './early-reply.js';
import { noCredential, whyPassedOver } from './failures.js';
import { isImageOperation } from './image-answer.js';
import { failureOf, type Inbound, ProxyFailure } from './inbound.js';
import { openingOf } from './opening.js';
import { endTrace, noteFailure, noteTry } from './trace.js';
import type { Attempt, AttemptParts, Reply } from './try.js';

export type ConductParts = AttemptParts & { readonly clock: Clock };

/** Everything was tried that may be. `attempted` is false when no upstream was asked at all. */
interface Exhausted {
  readonly failure: FailureFacts;
  readonly attempted: boolean;
}

type Result = { readonly reply: Reply } | Exhausted;

/**
 * The attempt loop: the only one there is. Rounds over the credentials of the model, then of its fallbacks, until one
 * answers, the request turns out to be at fault, or policy says stop. A client that waits long is kept alive meanwhile.
 * @throws ProxyFailure with the last upstream error, or with what blocks every candidate.
 */
export function conduct(inbound: Inbound, parts: ConductParts): Promise<Reply> {
  const keepAlive = keepAliveOf(inbound);
  const reply = isDivided(inbound)
    ? divide(inbound, (part) => untilServed(part, parts), parts.now)
    : untilServed(inbound, parts);
  return keepAlive === undefined ? reply : replyEarly(inbound, parts, keepAlive, reply);
}

async function untilServed(inbound: Inbound, parts: ConductParts): Promise<Reply> {
  let first: Exhausted | undefined;
  const retries = inbound.stream ? inbound.plan.policy.bootstrapRetries : 0;
  try {
    for (let retry = 0; ; retry++) {
      const result = await execute(inbound, parts);
      if ('reply' in result) return result.reply;
      first ??= result;
      // A retry that found nobody says less than the server error that led to it.
      const found = !result.attempted && failureStatus(first.failure) >= 500 ? first : result;
      if (retry >= retries || !result.attempted || !mayRetryStream(found.failure))
        throw new ProxyFailure(found.failure);
    }
  } catch (error) {
    endTrace(inbound.trace, failureOf(error), parts.now());
    throw error;
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
  const others = chain.filter(({ name }) => name !== route.name);
  // What cannot draw would only say so, in place of what really went wrong.
  return isImageOperation(operation) ? others.filter(mayDraw) : others;
}

const mayDraw = ({ candidates }: Route): boolean =>
  candidates.some(({ offers }) => offers.some(({ model }) => drawsImages(model) || model.servesImages === true));

const NOBODY: ReadonlySet<string> = new Set();

/** Rounds over the credentials of one model. */
async function serve(inbound: Inbound, route: Route, parts: ConductParts): Promise<Result> {
  const { plan, trace } = inbound;
  const { pool } = plan;
  const session = sessionFor(inbound, route);
  let patience = ROOM_PATIENCE_MS;
  let last: FailureFacts | undefined;
  let attempted = false;
  for (let round = 0; ; round++) {
    let tried = NOBODY;
    for (;;) {
      if (inbound.signal.aborted) throw new ProxyFailure(CLIENT_GONE);
      // Only a client's own socket has frames of this kind (routing.md 3).
      const want = { session, tried, round, prefersSocket: inbound.framing === 'json-lines' };
      let lease = pool.acquire(route, want);
      if (lease === undefined) {
        const waited = await acquireLater(inbound, route, want, patience, parts);
        patience = waited.patienceMs;
        lease = waited.lease;
      }
      if (lease === undefined) break;
      if (lease.credential.priority < (route.candidates[0]?.credential.priority ?? 0))
        notePassedOver(inbound, route, parts);
      noteTry(trace, lease, parts.now());
      const result = await attemptOnce(lease, inbound, parts);
      if (result.ok) return { reply: result.reply };
      attempted = true;
      if (result.isRefusal !== true || last === undefined) last = result.failure;
      noteFailure(trace, result.failure, result.verdict, parts.now());
      inbound.onFailedAttempt(lease, result.failure);
      if (result.verdict.next === 'stop') throw new ProxyFailure(last);
      tried = new Set([...tried, ...ruledOut(result.verdict, lease, route)]);
    }
    if (last === undefined) {
      notePassedOver(inbound, route, parts);
      last = noCredential(route, pool.explain(route), parts.now());
    }
    const waitMs = pool.nextRound(route, last, round + 1);
    if (waitMs === undefined) return { failure: last, attempted };
    await wait(waitMs, inbound, parts);
  }
}

/** Whom a failure leaves no reason to ask, too. */
function ruledOut({ blame, next }: Verdict, { credential, key }: Lease, { candidates }: Route): readonly string[] {
  if (next === 'next-model') {
    const same = candidates.filter((candidate) => candidate.credential.provider.id === credential.provider.id);
    return same.map((candidate) => candidate.credential.id);
  }
  return [blame === 'credential' ? credential.id : key];
}

/** A conversation without a name is known by its opening; where there is nobody to choose from, it need not be. */
function sessionFor({ plan, session, operation, body, trace }: Inbound, route: Route): Want['session'] {
  if (!plan.pool.isSticky || route.candidates.length < 2) return undefined;
  if (session !== undefined) {
    trace.session = 'named';
    return session;
  }
  if (operation !== 'generate' && operation !== 'compact') return undefined;
  const opening = openingOf(body);
  if (opening !== undefined) trace.session = 'opening';
  return opening;
}

/** Candidates that are told in a trace; there may be a thousand. */
const MAX_PASSED_OVER = 20;

function notePassedOver({ trace, plan }: Inbound, route: Route, { now }: ConductParts): void {
  if (trace.passedOver.length > 0) return;
  const passed = plan.pool.explain(route).flatMap((state) => {
    const why = whyPassedOver(state, now());
    return why === undefined ? [] : [{ credential: state.credential.id, label: state.credential.label, why }];
  });
  trace.passedOver = passed.slice(0, MAX_PASSED_OVER);
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

/** How long a request waits for a credential that is only busy. Longer than most answers take to begin, shorter than patience. */
const ROOM_PATIENCE_MS = 10_000;

/** Waits for a credential that would serve but has no room, or is just being probed. Gives the patience that is left, too. */
async function acquireLater(
  inbound: Inbound,
  route: Route,
  want: Want,
  patienceMs: number,
  { clock }: ConductParts,
): Promise<{ readonly lease: Lease | undefined; readonly patienceMs: number }> {
  const { trace, signal, plan } = inbound;
  let left = patienceMs;
  while (left > 0) {
    const place = plan.pool.queue(route, want);
    if (place === undefined) break;
    const startedAt = clock.now();
    const isCalled = await calledWithin(left, place, signal, clock);
    const ms = clock.now() - startedAt;
    trace.waits = [...trace.waits, { for: 'room', startedMs: startedAt - trace.startedAt, ms }];
    left = isCalled ? left - ms : 0;
    const lease = plan.pool.acquire(route, want);
    place.leave(lease);
    if (lease !== undefined) return { lease, patienceMs: left };
  }
  return { lease: undefined, patienceMs: left };
}

async function calledWithin(ms: number, place: Place, signal: AbortSignal, clock: Clock): Promise<boolean> {
  const over = new AbortController();
  try {
    return await Promise.race([
      place.called.then(() => true),
      clock.sleep(ms, AbortSignal.any([signal, over.signal])).then(() => false),
    ]);
  } catch (error) {
    place.leave(undefined);
    throw signal.aborted ? new ProxyFailure(CLIENT_GONE) : error;
  } finally {
    over.abort();
  }
}

async function wait(ms: number, { signal, trace }: Inbound, { clock }: ConductParts): Promise<void> {
  if (ms > 0) {
    const startedMs = clock.now() - trace.startedAt;
    trace.waits = [...trace.waits, { for: 'cooldown', startedMs, ms }];
  }
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
