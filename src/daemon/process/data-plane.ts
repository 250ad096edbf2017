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
import type { Logger } from '../observe/log.js';

/** What the process model needs of the data plane: one listener, and a config that can be swapped under it. */
export interface DataPlane {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Compiles and swaps; throws `AppError` and keeps the old config when it does not compile. */
  apply(loaded: LoadedConfig): { readonly configHash: string; readonly warnings: readonly Problem[] };
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
  explainRoute(query: { readonly model: string; readonly session?: string | undefined }): RouteExplanation;
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
}

/** Throws `AppError` when the config does not compile. */
export type OpenDataPlane = (options: DataPlaneOptions) => DataPlane;
