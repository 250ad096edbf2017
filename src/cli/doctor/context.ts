import type { Config } from '../../shared/config/schema.js';
import type { AccountQuota, CredentialSummary, CredentialTest } from '../../shared/contract/credentials.js';
import type { Status } from '../../shared/contract/lifecycle.js';
import type { LoginProviderView } from '../../shared/contract/logins.js';
import type { AppError } from '../../shared/errors.js';
import type { AppPaths } from '../../shared/paths.js';
import type { ConfigState } from '../config-state.js';
import type { CredentialFile } from './credential-files.js';
import type { UpstreamProbe } from './upstreams.js';

/** What the checks look at; each costly question is asked once, however many checks want its answer. */
export interface DoctorContext {
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
  readonly paths: AppPaths;
  readonly state: ConfigState;
  /** The config, when it can be read. */
  readonly config: Config | undefined;
  readonly providerCounts: () => Readonly<Record<string, number>>;
  /** What the daemon answers, or why it does not. */
  readonly status: () => Promise<Status | AppError>;
  /** What the daemon says of its credentials, or why it does not. */
  readonly credentials: () => Promise<readonly CredentialSummary[] | AppError>;
  readonly loginProviders: () => Promise<readonly LoginProviderView[] | AppError>;
  /** The files of logins, read here: they are looked at without a daemon too. */
  readonly credentialFiles: () => Promise<readonly CredentialFile[]>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Each credential is to be tried with one tiny request. */
  readonly isTesting: boolean;
  readonly testCredential: (id: string) => Promise<CredentialTest | AppError>;
  /** What the vendors say of the use of logins: asked of them where nobody has for minutes. */
  readonly quotas: () => Promise<readonly AccountQuota[] | AppError>;
  readonly probes: () => Promise<readonly UpstreamProbe[]>;
}
