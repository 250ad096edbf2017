import type { ModelInfo } from '../ir/model.js';
import type { Provider, Upstream } from '../providers/provider.js';

/** One usable secret with its settings. Immutable; what changes at run time lives in `Health`, keyed by `id`. */
export interface Credential {
  /** Stable over restarts and reloads: derived from provider, base URL and key. */
  readonly id: string;
  readonly provider: Pick<Provider, 'id' | 'title' | 'reasoningFamily'>;
  /** The provider as the user named it (the entry's name for compatible upstreams). */
  readonly providerName: string;
  /** For people: never holds the secret. */
  readonly label: string;
  readonly baseUrl: string;
  readonly upstream: Upstream;
  /** After a 401: the same credential with another token, if there is one to be had. Absent where nothing can be renewed. */
  readonly renew?: () => Promise<Upstream | undefined>;
  /** Absent for those that stand in the config. */
  readonly account?: AccountView;
  /** Higher first. */
  readonly priority: number;
  readonly weight: number;
  readonly prefix?: string;
  readonly proxyUrl?: string;
  readonly disabled: boolean;
  /** Why, where it is not the credential's own setting. */
  readonly disabledWhy?: string;
  /** Most requests at a time; absent: no limit. */
  readonly maxConcurrent?: number;
  /** Own number of extra rounds; absent inherits the global one. */
  readonly requestRetry?: number;
  /** Absent inherits the global setting. */
  readonly disableCooling?: boolean;
  readonly rules: readonly FailureRule[];
  readonly models: readonly OfferedModel[];
}

/** What is told of a credential file; never a secret. */
export interface AccountView {
  /** The file's name. */
  readonly name: string;
  /** Who logged in. */
  readonly label: string;
  /** Tells one access token from another. */
  readonly tokenId: string;
  readonly plan?: string;
  /** Epoch milliseconds. */
  readonly expiresAt?: number;
  /** There is nothing to renew the token with. */
  readonly isRenewable?: false;
  readonly note?: string;
}

export interface OfferedModel {
  /** What clients ask for, without the credential's prefix. */
  readonly alias: string;
  readonly model: ModelInfo;
  /** A thinking suffix that stands in the configured upstream name, such as `glm-5(high)`. */
  readonly configuredSuffix?: string;
  /** Write the alias into the model members of answers. */
  readonly forceMapping: boolean;
}

/** A user's own classification of upstream errors (`request-scoped-errors`). */
export interface FailureRule {
  readonly status: number;
  matches(body: string): boolean;
  readonly action: 'stop' | 'stop-and-cooldown' | 'continue' | 'continue-and-cooldown';
}

/** All that serves one client-visible model name. */
export interface Route {
  /** As clients write it. */
  readonly name: string;
  /** Sorted by priority, then id. */
  readonly candidates: readonly Candidate[];
  /** The same in groups of equal priority, highest first. */
  readonly groups: readonly (readonly Candidate[])[];
  /** By credential id. */
  readonly byId: ReadonlyMap<string, Candidate>;
  /** Whether an alias stands for several models of one credential. */
  readonly hasPools: boolean;
  /** What a session's binding holds for: the provider, or `mixed` where there are several, and the model. */
  readonly scope: string;
}

export interface Candidate {
  readonly credential: Credential;
  /** Several when the user pooled them under one alias. */
  readonly offers: readonly OfferedModel[];
}
