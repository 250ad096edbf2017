import type { UpstreamKind } from '../../src/cli/demo/upstreams/simulated-upstream.js';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { AccountFacts } from '../../src/daemon/providers/account.js';
import type { ListedModelInfo } from '../../src/daemon/runtime/account-models.js';
import type { GateReply } from './provider-contract-gate.js';

/** Failures that every vendor has, in its own words. */
export type FailureName =
  | 'unauthorized'
  | 'forbidden'
  | 'billing'
  | 'model-missing'
  | 'rate-limit'
  | 'server'
  | 'overloaded'
  | 'invalid';

/** A strict fake of a vendor, running. */
export interface Stage {
  readonly origin: string;
  /**
   * The config that leads a gateway to the vendor at `origin`, which is the fake's own or that of a gate before it. For
   * providers whose keys stand in the config it has two entries.
   */
  settings(origin: string): string;
  /** A file that works; absent where keys stand in the config. */
  readonly file?: JsonObject;
  /** The same account with a token that ran out, and what its renewal needs, where `renews`. */
  readonly stale?: JsonObject;
  close(): Promise<void>;
}

/** How a vendor answers inference, and what its models can do. */
export interface Inference {
  start(): Promise<Stage>;
  /** Whether a POST to that path asks for an answer. */
  isInference(path: string): boolean;
  /** A model the fake serves, under a name that clients use. */
  readonly model: string;
  /** What the vendor lists for the account; absent: the catalogue's. */
  readonly models?: readonly ListedModelInfo[];
  /** A refused token is renewed with what the file has. */
  readonly renews?: true;
  failure(name: FailureName): GateReply;
  /** The beginning of a streamed answer, without its end. */
  readonly opening: readonly (string | Buffer)[];
  /** A dialect that is the vendor's own: its clients must send thoughts back with calls, or ask for none. */
  readonly keepsThoughts?: string;
  /** What a model there cannot do, by cell of the table of all clients, and why. */
  readonly cannot?: Readonly<Partial<Record<Ability, string>>>;
}

/** What the table of all clients asks of a model. */
export type Ability = 'text' | 'tools' | 'image' | 'reasoning';

/** A place where login tokens are renewed, as strict as the vendor's. */
export interface RenewalDesk {
  /** As `oauth-endpoints` of the provider. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** A credential that can be renewed there. */
  readonly fields: JsonObject;
  /** How often it was asked. */
  asked(): number;
  /** Answers given instead of the usual ones. */
  next(...answers: readonly DeskAnswer[]): void;
  /** A good answer; without a refresh token, the old one stays. */
  good(tokens: { readonly access: string; readonly refresh?: string }): DeskAnswer;
  close(): Promise<void>;
}

export interface DeskAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly breaks?: boolean;
}

export interface FileShape {
  readonly name: string;
  readonly fields: JsonObject;
  readonly facts: Partial<AccountFacts>;
}

/** A file that cannot be used: which member the message names. */
export interface BrokenFile {
  readonly name: string;
  readonly fields: JsonObject;
  readonly names: RegExp;
}

export interface AccountContract extends Inference {
  readonly kind: 'account';
  readonly files: readonly FileShape[];
  readonly broken: readonly BrokenFile[];
  /** A refresh token is good once: who uses it takes it from everybody else. */
  readonly spendsRefreshTokens?: true;
  /** Absent: there is nothing to renew it with, and `read` says so. */
  readonly desk?: () => Promise<RenewalDesk>;
}

export interface KeyContract extends Inference {
  readonly kind: 'key';
}

export type { UpstreamKind };
