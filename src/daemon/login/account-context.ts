import type { Clock } from '../../shared/clock.js';
import type { HttpClient } from '../transport/http.js';
import type { LocalFiles } from './local-files.js';

/** Addresses and the OAuth client of one provider: the vendor's, or what `oauth-endpoints` and `oauth-clients` put in place. */
export interface AccountSettings {
  /** The configured addresses by kind (`authorize`, `token`, `device`, `api`, ...); absent: the vendor's own. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** `first-party`: serves the vendor's own client only. */
  readonly clientPolicy: 'any' | 'first-party';
  /** `oauth-upstream`: the base URL of inference. */
  readonly upstreamUrl?: string;
  /** `gpt-image-2-base-model`: the chat model that calls the image tool. */
  readonly imageBaseModel?: string;
  /** `kiro-preferred-endpoint`: for accounts that name none. */
  readonly preferredEndpoint?: string;
}

/** What a provider may use for its side calls: refresh, token exchange, discovery, usage. */
export interface AccountContext {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: AccountSettings;
  /** The credential's own proxy, `direct`, or absent for the configured default. */
  readonly proxyUrl?: string;
  readonly signal?: AbortSignal;
  /** Absent where nobody may look at them. */
  readonly local?: LocalFiles;
}
