import type { Config } from '../../shared/config/schema.js';
import type { AccountProvider } from '../providers/account.js';
import type { HttpClient } from '../transport/http.js';

/** What the primary needs to talk to vendors about logins; loaded after the start, since nobody waits for it. */
export interface AccountParts {
  readonly providers: readonly AccountProvider[];
  readonly http: HttpClient;
  close(): Promise<void>;
}

export type OpenAccountParts = (options: {
  /** Asked anew for each connection. */
  readonly config: () => Config;
  readonly env: NodeJS.ProcessEnv;
}) => AccountParts;
