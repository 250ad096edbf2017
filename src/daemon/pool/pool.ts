import type { FailureFacts } from '../ir/error.js';
import type { Candidate, Credential, OfferedModel, Route } from './credential.js';
import type { Ailment, Health, HealthEntry } from './health.js';
import { type Choice, type Lease, type LeaseParts, leaseKey, PoolLease } from './lease.js';
import type { Loads } from './loads.js';
import type { Selector } from './selectors.js';
import type { SessionIds, StickySessions } from './sticky.js';

export type { Lease } from './lease.js';

export interface PoolPolicy {
  /** Extra rounds over the credentials after the first. */
  readonly requestRetry: number;
  /** Distinct credentials per round; 0 = all. */
  readonly maxRetryCredentials: number;
  /** Longest wait between two rounds; 0 = never wait. */
  readonly maxRetryIntervalMs: number;
  readonly disableCooling: boolean;
}

export interface Want {
  readonly session?: SessionIds | undefined;
  /** Credential ids and lease keys that this round has used up. */
  readonly tried: ReadonlySet<string>;
  readonly round: number;
  /** Among equals, one that is reached over a socket. */
  readonly prefersSocket?: boolean;
}

export interface Pool {
  /** Whether conversations are kept together at all. */
  readonly isSticky: boolean;
  /** The best free credential for a route, or `undefined`. Never waits. */
  acquire(route: Route, want: Want): Lease | undefined;
  /** Where a credential is only full, or just being probed by another request: a place in the queue; else `undefined`. */
  queue(route: Route, want: Want): Place | undefined;
  /** How long to wait before that round (0: at once), or `undefined` when no further round may start. */
  nextRound(route: Route, after: FailureFacts, round: number): number | undefined;
  /** Why each candidate does or does not serve right now. */
  explain(route: Route): readonly CandidateState[];
  /** Which would be tried now, in that order, if each failed. Changes nothing. */
  preview(route: Route, session?: SessionIds): Preview;
}

/** A place in the queue for busy credentials. */
export interface Place {
  /** Resolves when it is worth asking again. */
  readonly called: Promise<void>;
  /** Call once, after that or when tired of waiting, with what was got: room that was not taken is the next one's. */
  leave(taken: Lease | undefined): void;
}

export interface Preview {
  /** The credential that the session is bound to, healthy or not. */
  readonly boundTo: string | undefined;
  readonly attempts: readonly { readonly credential: Credential; readonly offer: OfferedModel }[];
}

export interface CandidateState {
  readonly credential: Credential;
  readonly offer: OfferedModel;
  /** What keeps it from serving. */
  readonly blocked: HealthEntry | undefined;
  /** The same, and a half-open cooldown too, which keeps from nothing. */
  readonly ailment: Ailment | undefined;
  /** Requests that run on the credential now. */
  readonly running: number;
  /** As many as it may have: it is passed over. */
  readonly isFull: boolean;
}

/** Failures that may pass by themselves, so that another round makes sense. */
const ROUND_STATUSES: ReadonlySet<number> = new Set([403, 408, 429, 500, 502, 503, 504]);

/** When to look again while somebody else probes. */
const PROBE_WAIT_MS = 1000;

export interface PoolParts {
  readonly policy: PoolPolicy;
  readonly health: Health;
  readonly loads: Loads;
  readonly selector: Selector;
  readonly sessions: StickySessions | undefined;
  readonly now: () => number;
  readonly random: () => number;
}

export function openPool({ policy, health, loads, selector, sessions, now, random }: PoolParts): Pool {
  const leases: LeaseParts = { health, loads, sessions, disableCooling: policy.disableCooling, now };
  /** Where a pooled alias starts next, per credential. */
  const offerCursors = new Map<string, number>();

  const retriesOf = (credential: Credential): number => credential.requestRetry ?? policy.requestRetry;
  const isFull = ({ id, maxConcurrent }: Credential): boolean =>
    maxConcurrent !== undefined && loads.of(id).running >= maxConcurrent;

  /** The offers of a pooled alias, beginning with the one whose turn it is. */
  const inTurn = ({ credential, offers }: Candidate): readonly OfferedModel[] => {
    const start = offers.length > 1 ? (offerCursors.get(`${credential.id} ${offers[0]?.alias}`) ?? 0) : 0;
    return [...offers.slice(start), ...offers.slice(0, start)];
  };

  const mayTry = (credential: Credential, { tried, round }: Want): boolean =>
    (round === 0 || retriesOf(credential) >= round) && !(tried.size > 0 && tried.has(credential.id));

  /** What a healthy credential has left to try, room or not. */
  const untried = (candidate: Candidate, want: Want, at: number): OfferedModel | undefined => {
    const { credential, offers } = candidate;
    if (!mayTry(credential, want)) return undefined;
    const { tried } = want;
    const isFirst = tried.size === 0;
    const isOpen = (offer: OfferedModel): boolean =>
      (isFirst || !tried.has(leaseKey(credential, offer))) &&
      health.blocked(credential.id, offer.model.id, at) === undefined;
    const [only] = offers;
    if (offers.length === 1 && only !== undefined) return isOpen(only) ? only : undefined;
    return inTurn(candidate).find(isOpen);
  };
  const isProbed = ({ credential, offers }: Candidate, want: Want, at: number): boolean =>
    mayTry(credential, want) &&
    offers.some(
      (offer) =>
        !want.tried.has(leaseKey(credential, offer)) &&
        health.look(credential.id, offer.model.id, at)?.state === 'probing',
    );
  const freeOffer = (candidate: Candidate, want: Want, at: number): OfferedModel | undefined =>
    isFull(candidate.credential) ? undefined : untried(candidate, want, at);

  const lease = (
    { credential, offers }: Candidate,
    offer: OfferedModel,
    { scope }: Route,
    choice: Choice,
    session: SessionIds | undefined,
    at: number,
  ): Lease => {
    if (offers.length > 1) {
      offerCursors.set(`${credential.id} ${offer.alias}`, (offers.indexOf(offer) + 1) % offers.length);
    }
    const probe = health.probe(credential.id, offer.model.id, at);
    const load = loads.of(credential.id);
    return new PoolLease(leases, {
      credential,
      offer,
      choice: probe === undefined ? choice : 'probe',
      load,
      probe,
      session,
      scope,
    });
  };

  const hasTriedEnough = (route: Route, tried: ReadonlySet<string>): boolean =>
    policy.maxRetryCredentials > 0 && tried.size > 0 && countTried(route, tried) >= policy.maxRetryCredentials;

  return {
    isSticky: sessions !== undefined,

    acquire(route, want) {
      const { session, tried } = want;
      if (hasTriedEnough(route, tried)) return undefined;
      const at = now();
      let binds = session;
      const boundId = session === undefined ? undefined : sessions?.get(session, route.scope);
      const bound = boundId === undefined ? undefined : route.byId.get(boundId);
      if (bound !== undefined) {
        const offer = untried(bound, want, at);
        if (offer !== undefined && !isFull(bound.credential)) return lease(bound, offer, route, 'session', session, at);
        // It is only busy: this request goes elsewhere, the conversation and its warm cache stay.
        if (offer !== undefined) binds = undefined;
      }
      // A pooled alias goes on inside the credential that just failed before another credential is tried.
      if (route.hasPools && tried.size > 0) {
        const started = route.candidates.find(
          (candidate) =>
            candidate.offers.length > 1 && !tried.has(candidate.credential.id) && hasTriedOffer(candidate, tried),
        );
        const next = started && freeOffer(started, want, at);
        if (started !== undefined && next !== undefined) return lease(started, next, route, 'pooled-model', binds, at);
      }
      const isFree = (candidate: Candidate): boolean => freeOffer(candidate, want, at) !== undefined;
      for (const group of route.groups) {
        const candidate =
          (want.prefersSocket === true
            ? selector.pick(route.name, group, (one) => one.credential.upstream.hasSocket === true && isFree(one))
            : undefined) ?? selector.pick(route.name, group, isFree);
        const offer = candidate && freeOffer(candidate, want, at);
        if (candidate !== undefined && offer !== undefined) return lease(candidate, offer, route, 'turn', binds, at);
      }
      return undefined;
    },

    queue(route, want) {
      if (hasTriedEnough(route, want.tried)) return undefined;
      const at = now();
      const awaited = route.candidates.filter(
        (candidate) =>
          (isFull(candidate.credential) && untried(candidate, want, at) !== undefined) || isProbed(candidate, want, at),
      );
      if (awaited.length === 0) return undefined;
      const waiting = loads.wait(new Set(awaited.map(({ credential }) => credential.id)));
      return {
        called: waiting.called,
        leave(taken) {
          waiting.leave();
          const offered = route.byId.get(waiting.offered() ?? '')?.credential;
          if (offered !== undefined && offered.id !== taken?.credential.id && !isFull(offered)) loads.offer(offered.id);
        },
      };
    },

    nextRound(route, after, round) {
      if (!ROUND_STATUSES.has(after.status ?? 0)) return undefined;
      const at = now();
      let wait: number | undefined;
      for (const { credential, offers } of route.candidates) {
        if (retriesOf(credential) < round) continue;
        for (const offer of offers) {
          const entry = health.blocked(credential.id, offer.model.id, at);
          if (entry !== undefined && !ROUND_STATUSES.has(entry.status ?? 0)) continue;
          const left = entry === undefined ? 0 : freeInMs(entry, at);
          wait = Math.min(wait ?? Number.POSITIVE_INFINITY, left);
        }
      }
      if (wait === undefined || wait > policy.maxRetryIntervalMs) return undefined;
      // Spread, so that everybody who waits does not come back in the same millisecond; never beyond the limit.
      return wait === 0 ? 0 : Math.min(wait + random() * Math.min(wait / 4, 2000), policy.maxRetryIntervalMs);
    },

    explain(route) {
      const at = now();
      return route.candidates.flatMap(({ credential, offers }) =>
        offers.map((offer) => ({
          credential,
          offer,
          blocked: health.blocked(credential.id, offer.model.id, at),
          ailment: health.look(credential.id, offer.model.id, at),
          running: loads.of(credential.id).running,
          isFull: isFull(credential),
        })),
      );
    },

    preview(route, session) {
      const at = now();
      const boundTo = session === undefined ? undefined : sessions?.peek(session, route.scope);
      const isFree = ({ credential }: Candidate, offer: OfferedModel): boolean =>
        !isFull(credential) && health.blocked(credential.id, offer.model.id, at) === undefined;
      const bound = route.candidates.filter(({ credential }) => credential.id === boundTo);
      const others = route.groups.flatMap((group) => {
        const free = group.filter((candidate) => candidate.offers.some((offer) => isFree(candidate, offer)));
        return selector.order(route.name, free.length === group.length ? group : free);
      });
      const order = [...bound, ...others.filter((candidate) => !bound.includes(candidate))];
      const attempts = order.flatMap((candidate) =>
        inTurn(candidate)
          .filter((offer) => isFree(candidate, offer))
          .map((offer) => ({ credential: candidate.credential, offer })),
      );
      return { boundTo, attempts };
    },
  };
}

/** Until a blocked credential may serve or be probed. A probe that is under way has no known end. */
export const freeInMs = ({ until, probeAt = until }: HealthEntry, now: number): number =>
  Math.max(Math.min(until, probeAt) - now, PROBE_WAIT_MS);

const hasTriedOffer = ({ credential, offers }: Candidate, tried: ReadonlySet<string>): boolean =>
  offers.some((offer) => tried.has(leaseKey(credential, offer)));

function countTried(route: Route, tried: ReadonlySet<string>): number {
  return route.candidates.filter((candidate) => tried.has(candidate.credential.id) || hasTriedOffer(candidate, tried))
    .length;
}
