import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LoadedConfig } from '../../shared/config/load.js';
import type {
  CredentialDetail,
  CredentialSummary,
  CredentialTest,
  RouteExplanation,
} from '../../shared/contract/credentials.js';
import type { ModelSummary, Problem } from '../../shared/contract/lifecycle.js';
import type { RequestExplanation } from '../../shared/contract/requests.js';
import type { Logger } from '../observe/log.js';
import type { AccountProvider } from '../providers/account.js';
import type { QuotaFacts } from '../providers/quota.js';
import type { StoredAccount } from '../runtime/accounts.js';

export interface RouteQuestion {
  readonly model: string;
  readonly session?: string | undefined;
  readonly clientKey?: string | undefined;
}

/** What the process model needs of the data plane: one listener, and a config that can be swapped under it. */
export interface DataPlane {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Compiles and swaps; throws `AppError` and keeps the old config when it does not compile. Without accounts: those of the last time. */
  apply(
    loaded: LoadedConfig,
    accounts?: readonly StoredAccount[],
  ): { readonly configHash: string; readonly warnings: readonly Problem[] };
  /** What `/readyz` answers: true once it listens, false from the start of a drain. */
  setReady(ready: boolean): void;
  models(): ModelSummary[];
  credentials(): CredentialSummary[];
  /** Throws `AppError` `credential_unknown`, as the next two. */
  credential(id: string): CredentialDetail;
  /** Forgets cooldowns and session bindings of one credential, or of all; gives their ids. */
  resetCredentials(id: string | undefined): string[];
  /** Asks the upstream for one token through that credential. */
  testCredential(query: { readonly id: string; readonly model?: string | undefined }): Promise<CredentialTest>;
  explainRoute(query: RouteQuestion): RouteExplanation;
  /** `undefined`: it was not here, or is long ago. */
  explainRequest(id: string): RequestExplanation | undefined;
  /** What answers told of the limits of accounts, by credential id. */
  quota(): readonly { readonly credential: string; readonly facts: QuotaFacts }[];
  /** Takes what the vendor itself told of a credential's limits; may end its cooldowns. */
  noteQuota(credential: string, facts: QuotaFacts): void;
  /** Requests running now, and totals since the data plane was opened. */
  stats(): { readonly inFlight: number; readonly requests: number; readonly failures: number };
  /** Ends what it keeps open upstream; called once, when no request runs any more. */
  close(): Promise<void>;
}

export interface DataPlaneOptions {
  readonly loaded: LoadedConfig;
  readonly log: Logger;
  readonly env: NodeJS.ProcessEnv;
  /** Where to keep what a restart must not lose; absent: nothing is kept. */
  readonly stateDir?: string;
  /** The control plane's local socket; absent: there is no management over TCP. */
  readonly controlSocket?: string;
  /** Credential files, to begin with. */
  readonly accounts?: readonly StoredAccount[];
  /** Has a refused token renewed; resolves when `apply` was called with what came of it. */
  readonly renewAccount?: (stale: StaleToken) => Promise<void>;
  /** Tests give others than the real ones. */
  readonly accountProviders?: readonly AccountProvider[];
}

/** The token of a credential file that was refused. */
export interface StaleToken {
  readonly name: string;
  readonly tokenId: string;
}

/** Throws `AppError` when the config does not compile. */
export type OpenDataPlane = (options: DataPlaneOptions) => DataPlane;
