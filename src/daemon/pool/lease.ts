import type { FailureFacts } from '../ir/error.js';
import type { Verdict } from '../providers/provider.js';
import type { Credential, OfferedModel } from './credential.js';
import type { Health, Probe } from './health.js';
import type { Load, Loads } from './loads.js';
import type { SessionIds, StickySessions } from './sticky.js';

/** Why this credential: for the trace of a request. */
export type Choice = 'session' | 'turn' | 'pooled-model' | 'probe';

/** One attempt's hold on a credential. One of the three ends must be called; a second call of any changes no more. */
export interface Lease {
  /** Credential and upstream model: what `tried` remembers. */
  readonly key: string;
  readonly credential: Credential;
  readonly offer: OfferedModel;
  readonly choice: Choice;
  /** A real answer has begun: that is all a probe had to find out. Not an end. */
  answered(): void;
  succeeded(): void;
  /** `verdict.cooldownMs` absent: exponential back-off; 0: none. */
  failed(failure: FailureFacts, verdict: Verdict): void;
  /** Nothing was learnt of the credential: the request never left. */
  released(): void;
}

/** What all leases of one pool share. */
export interface LeaseParts {
  readonly health: Health;
  readonly loads: Loads;
  readonly sessions: StickySessions | undefined;
  readonly disableCooling: boolean;
  readonly now: () => number;
}

export interface LeaseTerms {
  readonly credential: Credential;
  readonly offer: OfferedModel;
  readonly choice: Choice;
  readonly load: Load;
  readonly probe: Probe | undefined;
  /** What a success binds; absent: nothing. */
  readonly session: SessionIds | undefined;
  readonly scope: string;
}

export const leaseKey = (credential: Credential, offer: OfferedModel): string => `${credential.id} ${offer.model.id}`;

/** A class, so that a request costs one object and no closures. */
export class PoolLease implements Lease {
  readonly #parts: LeaseParts;
  readonly #terms: LeaseTerms;
  #hasEnded = false;

  constructor(parts: LeaseParts, terms: LeaseTerms) {
    this.#parts = parts;
    this.#terms = terms;
    parts.loads.begin(terms.load);
  }

  get key(): string {
    return leaseKey(this.#terms.credential, this.#terms.offer);
  }

  get credential(): Credential {
    return this.#terms.credential;
  }

  get offer(): OfferedModel {
    return this.#terms.offer;
  }

  get choice(): Choice {
    return this.#terms.choice;
  }

  answered(): void {
    const { probe, credential } = this.#terms;
    if (this.#hasEnded || probe === undefined) return;
    probe.succeeded();
    this.#parts.loads.found(credential.id);
  }

  succeeded(): void {
    if (!this.#end()) return;
    const { credential, offer, probe, session, scope } = this.#terms;
    probe?.succeeded();
    this.#parts.health.clear(credential.id, offer.model.id);
    if (session !== undefined) this.#parts.sessions?.bind(session, scope, credential.id);
  }

  failed(failure: FailureFacts, verdict: Verdict): void {
    if (!this.#end()) return;
    const { credential, offer, probe, session, scope } = this.#terms;
    const { health, sessions, disableCooling, now } = this.#parts;
    probe?.ended();
    if (verdict.blame === 'request' || verdict.blame === 'network') return;
    if (session !== undefined) sessions?.release(session, scope, credential.id);
    if (verdict.cooldownMs === 0 || (credential.disableCooling ?? disableCooling)) return;
    const cooldown = {
      reason: failure.reason,
      ...(failure.status === undefined ? {} : { status: failure.status }),
      ...(verdict.cooldownMs === undefined ? {} : { ms: verdict.cooldownMs }),
    };
    health.cool(credential.id, verdict.blame === 'credential' ? undefined : offer.model.id, cooldown, now());
  }

  released(): void {
    if (this.#end()) this.#terms.probe?.ended();
  }

  #end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    const { credential, load, probe } = this.#terms;
    // Whoever waits looks again in a later microtask, when what this end means is known.
    this.#parts.loads.end(credential.id, load);
    if (probe !== undefined) this.#parts.loads.found(credential.id);
    return true;
  }
}
