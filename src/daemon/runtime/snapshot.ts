import type { ModelInfo } from '../ir/model.js';
import type { Credential } from '../pool/credential.js';
import type { Plan } from '../pool/plan.js';
import type { UnusableAccount } from './accounts.js';

/** Who may call, and from where. */
export interface AccessPolicy {
  /** SHA-256 (hex) of each client key -> its public id. */
  readonly keys: ReadonlyMap<string, string>;
  /** No key is asked: an old config without keys, bound to loopback only. */
  readonly isOpen: boolean;
  /** The config still holds a key from the documentation: nothing is served. */
  readonly hasSampleKey: boolean;
  /** Lower-case `Host` names, with or without a port; `*` allows any. */
  readonly hostNames: ReadonlySet<string>;
  /** Literal IP addresses are fine as `Host`. */
  readonly allowsAddresses: boolean;
  /** Lower-case origins that may call: our own and the listed ones. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** The configured ones, whose web pages may also read the answers. */
  readonly listedOrigins: ReadonlySet<string>;
}

/** One client-visible model, as the lists show it. */
export interface ListedModel {
  readonly id: string;
  readonly info: ModelInfo;
  readonly providers: readonly string[];
  readonly credentials: number;
}

/** All configuration compiled: immutable, swapped as a whole, kept by each request from its start to its end. */
export interface Snapshot {
  readonly hash: string;
  readonly plan: Plan;
  readonly access: AccessPolicy;
  readonly maxBodyBytes: number;
  readonly servesResponsesSocket: boolean;
  readonly servesCompact: boolean;
  readonly servesImages: boolean;
  /** How long, and how much, pictures are kept that clients want as links. */
  readonly imageLinks: { readonly ttlMs: number; readonly maxBytes: number };
  readonly models: readonly ListedModel[];
  readonly credentials: readonly Credential[];
  /** Credential files that are listed, and not used. */
  readonly unusable: readonly UnusableAccount[];
}

/** The one reference that changes. */
export interface SnapshotHolder {
  current: Snapshot;
}
