import type { FailureFacts } from '../ir/error.js';
import type { Verdict } from '../providers/provider.js';
import type { Candidate, Credential, OfferedModel, Route } from './credential.js';
import type { Health, HealthEntry } from './health.js';
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

/** One attempt's hold on a credential. Exactly one of the two ends must be called. */
export interface Lease {
  /** Credential and upstream model: what `tried` remembers. */
  readonly key: string;
  readonly credential: Credential;
  readonly offer: OfferedModel;
  succeeded(): void;
  /** `verdict.cooldownMs` absent: exponential back-off; 0: none. */
  failed(failure: FailureFacts, verdict: Verdict): void;
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
}

export interface CandidateState {
  readonly credential: Credential;
  readonly offer: OfferedModel;
  readonly blocked: HealthEntry | undefined;
}

/** Failures that may pass by themselves, so that another round makes sense. */
const ROUND_STATUSES: ReadonlySet<number> = new Set([403, 408, 429, 500, 502, 503, 504]);

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

  const freeOffer = (candidate: Candidate, tried: ReadonlySet<string>, at: number): OfferedModel | undefined => {
    const { credential, offers } = candidate;
    const [only] = offers;
    if (offers.length === 1 && only !== undefined) {
      return tried.has(leaseKey(credential, only)) || health.blocked(credential.id, only.model.id, at)
        ? undefined
        : only;
    }
    const start = offerCursors.get(`${credential.id} ${only?.alias}`) ?? 0;
    for (let step = 0; step < offers.length; step++) {
      const offer = offers[(start + step) % offers.length];
      if (offer === undefined || tried.has(leaseKey(credential, offer))) continue;
      if (health.blocked(credential.id, offer.model.id, at) === undefined) return offer;
    }
    return undefined;
  };

  const lease = (candidate: Candidate, offer: OfferedModel, route: Route, sessionKey: string | undefined): Lease => {
    const { credential, offers } = candidate;
    if (offers.length > 1) {
      const cursor = `${credential.id} ${offer.alias}`;
      offerCursors.set(cursor, (offers.indexOf(offer) + 1) % offers.length);
    }
    return {
      key: leaseKey(credential, offer),
      credential,
      offer,
      succeeded() {
        health.clear(credential.id, offer.model.id);
        if (sessionKey !== undefined) sessions?.bind(sessionKey, route.name, credential.id);
      },
      failed(failure, verdict) {
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
          wait = Math.min(wait ?? Number.POSITIVE_INFINITY, entry === undefined ? 0 : entry.until - at);
        }
      }
      if (wait === undefined || wait > policy.maxRetryIntervalMs) return undefined;
      // Spread, so that everybody who waits does not come back in the same millisecond; never beyond the limit.
      return wait === 0 ? 0 : Math.min(wait + random() * Math.min(wait / 4, 2000), policy.maxRetryIntervalMs);
    },

    explain(route) {
      const at = now();
      return route.candidates.flatMap(({ credential, offers }) =>
        offers.map((offer) => ({ credential, offer, blocked: health.blocked(credential.id, offer.model.id, at) })),
      );
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
