import type { Config } from '../../shared/config/schema.js';
import type {
  CredentialDetail,
  CredentialSummary,
  CredentialTest,
  RouteExplanation,
} from '../../shared/contract/credentials.js';
import type { ModelSummary, Problem, Status } from '../../shared/contract/lifecycle.js';

export interface ReloadResult {
  readonly changed: boolean;
  readonly configHash: string;
  readonly warnings: readonly Problem[];
  readonly restartNeeded: readonly string[];
}

export interface LogQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly waitMs: number;
}

/** What the control handlers may do to the daemon; the primary is the one that can. */
export interface ControlPlane {
  status(): Promise<Status>;
  /** Throws `AppError` `config_invalid` and keeps the old config. */
  reload(): Promise<ReloadResult>;
  restartWorkers(): Promise<Status['workers']>;
  /** Begins the drain and returns; how many requests still run. */
  shutdown(drainTimeoutMs: number | undefined): Promise<number>;
  models(): Promise<ModelSummary[]>;
  credentials(): Promise<CredentialSummary[]>;
  /** Throws `AppError` `credential_unknown`, as the next two. */
  credential(id: string): Promise<CredentialDetail>;
  /** One, or all; gives the ids. */
  resetCredentials(id: string | undefined): Promise<string[]>;
  testCredential(query: { readonly id: string; readonly model?: string | undefined }): Promise<CredentialTest>;
  explainRoute(query: { readonly model: string; readonly session?: string | undefined }): Promise<RouteExplanation>;
  /** The config in force. */
  config(): Config;
  /** Changes the config file, keeping its comments, and loads it; one edit at a time. */
  editApiKeys(change: (keys: readonly string[]) => readonly string[]): Promise<void>;
  readLogs(query: LogQuery, signal: AbortSignal): Promise<{ lines: string[]; cursor: string; reset: boolean }>;
}
