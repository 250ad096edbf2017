import type { Config } from '../../shared/config/schema.js';
import type {
  AccountQuota,
  CredentialChange,
  CredentialDetail,
  CredentialImport,
  CredentialSummary,
  CredentialTest,
  ImportResult,
  RouteExplanation,
} from '../../shared/contract/credentials.js';
import type { ModelSummary, Problem, Status } from '../../shared/contract/lifecycle.js';
import type { LoginProviderView, LoginView } from '../../shared/contract/logins.js';
import type { ModelDefinition } from '../../shared/contract/management/models.js';
import type { RequestExplanation } from '../../shared/contract/requests.js';

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

/** Logins that are going on, and those that have just ended. */
export interface LoginControl {
  providers(): LoginProviderView[] | Promise<LoginProviderView[]>;
  /** Throws `AppError` when there is no such provider or method, or too many logins go on. */
  start(query: {
    readonly provider: string;
    readonly method?: string | undefined;
    readonly callbackPort?: number | undefined;
    /** Where the redirect leads on to, with its query, instead of being taken at the port it came to. */
    readonly forwardTo?: string | undefined;
    readonly options?: Readonly<Record<string, string>> | undefined;
    /** For an import: texts by file name that were handed in; nothing is then read from this machine. */
    readonly files?: Readonly<Record<string, string>> | undefined;
  }): string | Promise<string>;
  /** Throws `AppError` `login_unknown`, as the next two. */
  watch(
    query: { readonly id: string; readonly after: number; readonly waitMs: number },
    signal: AbortSignal,
  ): Promise<LoginView>;
  /** Throws `AppError` when the answer cannot be taken; the login goes on waiting for another. */
  answer(query: {
    readonly id: string;
    readonly question?: string | undefined;
    readonly value: string;
  }): void | Promise<void>;
  /** `false`: too late. */
  cancel(id: string): boolean | Promise<boolean>;
}

/** Changes to credentials themselves. Each throws `AppError` `credential_unknown` where there is none with that id. */
export interface CredentialControl {
  /** In the credential's file, or in the config file with its comments kept. */
  update(change: CredentialChange): Promise<CredentialSummary>;
  /** Only files; throws `AppError` `credential_in_config`, as the next three. */
  remove(query: { readonly id: string; readonly revoke?: boolean | undefined }): Promise<{
    removed: string;
    revoked: boolean;
  }>;
  export(id: string): Promise<{ name: string; content: string }>;
  /** Gives it a new id too. */
  rename(query: { readonly id: string; readonly name: string }): Promise<CredentialSummary>;
  /** Now, due or not; the summary tells how it went. */
  refresh(id: string): Promise<CredentialSummary>;
  import(query: CredentialImport): Promise<ImportResult>;
  quota(query: { readonly id?: string | undefined; readonly refresh?: boolean | undefined }): Promise<AccountQuota[]>;
}

/** One file of `auth-dir`. */
export interface CredentialFile {
  readonly name: string;
  readonly path: string;
  /** Empty where it cannot be read: then `problem` says why. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly problem?: string;
  readonly size: number;
  /** Epoch milliseconds, as the next. */
  readonly modifiedAt: number;
  readonly createdAt: number;
}

/** Credential files by name. What is done to one is in use when the promise resolves. */
export interface CredentialFiles {
  /** By name, ignoring case. */
  list(): Promise<readonly CredentialFile[]>;
  /**
   * Writes what `make` makes of the file as it is at that moment; called again when somebody else wrote meanwhile.
   * @throws AppError `credential_malformed`, `credential_unreadable`, `credential_name_invalid`.
   */
  put(name: string, make: (stored: CredentialFile['fields'] | undefined) => CredentialFile['fields']): Promise<void>;
  /** `false`: there was none. */
  remove(name: string): Promise<boolean>;
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
  explainRoute(query: {
    readonly model: string;
    readonly session?: string | undefined;
    readonly clientKey?: string | undefined;
  }): Promise<RouteExplanation>;
  /** Throws `AppError` `request_unknown` when nobody remembers it. */
  explainRequest(id: string): Promise<RequestExplanation>;
  /** Credentials as things that are kept: changed, brought in, taken out. */
  readonly keeping: CredentialControl;
  readonly files: CredentialFiles;
  /** The built-in model list of a channel; `undefined`: there is no such channel. */
  definitions(channel: string): Promise<readonly ModelDefinition[] | undefined>;
  readonly logins: LoginControl;
  /** The config in force. */
  config(): Config;
  /** Changes the config file, keeping its comments, and loads it; one edit at a time. */
  editApiKeys(change: (keys: readonly string[]) => readonly string[]): Promise<void>;
  readLogs(query: LogQuery, signal: AbortSignal): Promise<{ lines: string[]; cursor: string; reset: boolean }>;
}
