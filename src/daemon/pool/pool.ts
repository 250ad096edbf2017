import type { FailureFacts } from '../ir/error.js';
import type { Verdict } from '../providers/provider.js';
import type { Candidate, Credential, OfferedModel, Route } from './credential.js';
import type { Ailment, Health, HealthEntry } from './health.js';
import type { Selector } from './selectors.js';
import type { StickySessions } from './sticky.js';

export interface PoolPolicy {
  /** Extra rounds over the credentials after the first. */
  readonly requestRetry: number;
  /** Distinct credentials per round; 0 = all. */
  readonly maxRetryCredentials: number;
  /** Longest wait between two rounds; 0 = never wait. */
  readonly maxRetryIntervalMs: number;
  readonly disableCooling: boolean;
}

/** One attempt's hold on a credential. One of the three ends must be called; a second call of any changes no more. */
export interface Lease {
  /** Credential and upstream model: what `tried` remembers. */
  readonly key: string;
  readonly credential: Credential;
  readonly offer: OfferedModel;
  /** A real answer has begun: that is all a probe had to find out. Not an end. */
  answered(): void;
  succeeded(): void;
  /** `verdict.cooldownMs` absent: exponential back-off; 0: none. */
  failed(failure: FailureFacts, verdict: Verdict): void;
  /** Nothing was learnt of the credential: the request never left. */
  released(): void;
}

export interface Want {
  readonly sessionKey?: string | undefined;
  /** Credential ids and lease keys that this round has used up. */
  readonly tried: ReadonlySet<string>;
  readonly round: number;
}

export interface Pool {
  /** The best free credential for a route, or `undefined`. Never waits. */
  acquire(route: Route, want: Want): Lease | undefined;
  /** How long to wait before that round (0: at once), or `undefined` when no further round may start. */
  nextRound(route: Route, after: FailureFacts, round: number): number | undefined;
  /** Why each candidate does or does not serve right now. */
  explain(route: Route): readonly CandidateState[];
  /** Which would be tried now, in that order, if each failed. Changes nothing. */
  preview(route: Route, sessionKey?: string): Preview;
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
}

/** Failures that may pass by themselves, so that another round makes sense. */
const ROUND_STATUSES: ReadonlySet<number> = new Set([403, 408, 429, 500, 502, 503, 504]);

/** When to look again while somebody else probes. */
const PROBE_WAIT_MS = 1000;

export interface PoolParts {
  readonly policy: PoolPolicy;
  readonly health: Health;
  readonly selector: Selector;
  readonly sessions: StickySessions | undefined;
  readonly now: () => number;
  readonly random: () => number;
}

export function openPool({ policy, health, selector, sessions, now, random }: PoolParts): Pool {
  /** Where a pooled alias starts next, per credential. */
  const offerCursors = new Map<string, number>();

  const retriesOf = (credential: Credential): number => credential.requestRetry ?? policy.requestRetry;

  /** The offers of a pooled alias, beginning with the one whose turn it is. */
  const inTurn = ({ credential, offers }: Candidate): readonly OfferedModel[] => {
    const start = offers.length > 1 ? (offerCursors.get(`${credential.id} ${offers[0]?.alias}`) ?? 0) : 0;
    return [...offers.slice(start), ...offers.slice(0, start)];
  };

  const freeOffer = (candidate: Candidate, tried: ReadonlySet<string>, at: number): OfferedModel | undefined => {
    const { credential, offers } = candidate;
    const [only] = offers;
    if (offers.length === 1 && only !== undefined) {
      return tried.has(leaseKey(credential, only)) || health.blocked(credential.id, only.model.id, at)
        ? undefined
        : only;
    }
    return inTurn(candidate).find(
      (offer) =>
        !tried.has(leaseKey(credential, offer)) && health.blocked(credential.id, offer.model.id, at) === undefined,
    );
  };

  const lease = (candidate: Candidate, offer: OfferedModel, route: Route, sessionKey: string | undefined): Lease => {
    const { credential, offers } = candidate;
    if (offers.length > 1) {
      const cursor = `${credential.id} ${offer.alias}`;
      offerCursors.set(cursor, (offers.indexOf(offer) + 1) % offers.length);
    }
    const probe = health.probe(credential.id, offer.model.id, now());
    return {
      key: leaseKey(credential, offer),
      credential,
      offer,
      answered: () => probe?.succeeded(),
      released: () => probe?.ended(),
      succeeded() {
        probe?.succeeded();
        health.clear(credential.id, offer.model.id);
        if (sessionKey !== undefined) sessions?.bind(sessionKey, route.name, credential.id);
      },
      failed(failure, verdict) {
        probe?.ended();
        if (verdict.blame === 'request' || verdict.blame === 'network') return;
        if (sessionKey !== undefined) sessions?.release(sessionKey, route.name, credential.id);
        if (verdict.cooldownMs === 0 || (credential.disableCooling ?? policy.disableCooling)) return;
        const cooldown = {
          reason: failure.reason,
          ...(failure.status === undefined ? {} : { status: failure.status }),
          ...(verdict.cooldownMs === undefined ? {} : { ms: verdict.cooldownMs }),
        };
        health.cool(credential.id, verdict.blame === 'credential' ? undefined : offer.model.id, cooldown, now());
      },
    };
  };

  return {
    acquire(route, { sessionKey, tried, round }) {
      const at = now();
      const mayServe = ({ credential }: Candidate): boolean =>
        !tried.has(credential.id) && (round === 0 || retriesOf(credential) >= round);
      if (policy.maxRetryCredentials > 0 && countTried(route, tried) >= policy.maxRetryCredentials) return undefined;
      const bound = sessionKey === undefined ? undefined : sessions?.get(sessionKey, route.name);
      if (bound !== undefined) {
        const candidate = route.candidates.find(({ credential }) => credential.id === bound);
        const offer = candidate && mayServe(candidate) ? freeOffer(candidate, tried, at) : undefined;
        if (candidate !== undefined && offer !== undefined) return lease(candidate, offer, route, sessionKey);
      }
      // A pooled alias goes on inside the credential that just failed before another credential is tried.
      const started = route.candidates.find(
        (candidate) => candidate.offers.length > 1 && mayServe(candidate) && hasTriedOffer(candidate, tried),
      );
      const next = started && freeOffer(started, tried, at);
      if (started !== undefined && next !== undefined) return lease(started, next, route, sessionKey);
      for (const group of route.groups) {
        const isFree = (candidate: Candidate): boolean =>
          mayServe(candidate) && freeOffer(candidate, tried, at) !== undefined;
        const candidate = selector.pick(route.name, group, isFree);
        const offer = candidate && freeOffer(candidate, tried, at);
        if (candidate !== undefined && offer !== undefined) return lease(candidate, offer, route, sessionKey);
      }
      return undefined;
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
          // A probe that is under way after the end of a cooldown has no known end.
          const left = entry === undefined ? 0 : Math.max(entry.until - at, PROBE_WAIT_MS);
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
        })),
      );
    },

    preview(route, sessionKey) {
      const at = now();
      const boundTo = sessionKey === undefined ? undefined : sessions?.peek(sessionKey, route.name);
      const isFree = ({ credential }: Candidate, offer: OfferedModel): boolean =>
        health.blocked(credential.id, offer.model.id, at) === undefined;
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

const leaseKey = (credential: Credential, offer: OfferedModel): string => `${credential.id} ${offer.model.id}`;

const hasTriedOffer = ({ credential, offers }: Candidate, tried: ReadonlySet<string>): boolean =>
  offers.some((offer) => tried.has(leaseKey(credential, offer)));

function countTried(route: Route, tried: ReadonlySet<string>): number {
  if (tried.size === 0) return 0;
  return route.candidates.filter((candidate) => tried.has(candidate.credential.id) || hasTriedOffer(candidate, tried))
    .length;
}
