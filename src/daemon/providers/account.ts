import type { Config } from '../../shared/config/schema.js';
import type { ReasoningFamily } from '../dialects/dialect.js';
import type { JsonObject } from '../ir/json.js';
import type { ModelInfo, ModelTrait } from '../ir/model.js';
import type { AccountContext } from '../login/account-context.js';
import type { LoginMethod } from '../login/method.js';
import type { CatalogId } from '../models/catalog.js';
import type { ProviderId, Upstream } from './provider.js';
import type { QuotaFacts } from './quota.js';

/** What a vendor's terms say of using its subscription through a gateway; shown before a login and in `doctor`. */
export interface PolicyCard {
  readonly standing: 'permitted' | 'unclear' | 'forbidden';
  /** One line, in plain words. */
  readonly summary: string;
  /** Whose client id the consent page will name. */
  readonly clientOwner: string;
  readonly sources: readonly { readonly url: string; readonly date: string }[];
}

export type RefreshOutcome =
  /** Only the members that changed, to be laid over the stored ones; written before they are used. */
  | { readonly kind: 'renewed'; readonly fields: JsonObject }
  /** Refused for good: nobody but the person can mend it. */
  | { readonly kind: 'login-needed'; readonly reason: string }
  /** May work later. `retryAfterMs` absent: the refresher's own back-off. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number };

/** One credential file, read: what the gateway needs to know without knowing the vendor. */
export interface AccountFacts {
  /** For people: an e-mail or login name, never a secret. */
  readonly label: string;
  /** Epoch milliseconds of the access token's end; absent: it does not say, or does not end. */
  readonly expiresAt?: number;
  /** Whether there is something to refresh with; absent refresh data is not an error. */
  readonly canRefresh: boolean;
  /** Nothing is due ahead of time: whether the token is still good is asked when it was refused. */
  readonly isAskedAfterRefusal?: true;
  /** Milliseconds before `expiresAt` at which to refresh. */
  readonly refreshLeadMs: number;
  /** The vendor's plan, where the file tells it, such as `max` or `plus`. */
  readonly plan?: string;
  /** What tells one access token from another without telling it: compared after a 401 to see a newer one. */
  readonly tokenId: string;
}

/** A name that stands for a model and a way to use it. */
export interface ProviderAlias {
  readonly name: string;
  readonly trait: ModelTrait;
}

/** A provider whose credentials are files made by a login. */
export interface AccountProvider {
  readonly id: ProviderId;
  /** Its name in the config's `oauth-*` keys and in file names. */
  readonly channel: string;
  /** `type` members of its files, the one we write first. */
  readonly types: readonly string[];
  readonly title: string;
  readonly reasoningFamily: ReasoningFamily;
  readonly catalog: CatalogId;
  /** What is true of every model there, whatever its list says. */
  readonly traits?: readonly ModelTrait[];
  readonly policy: PolicyCard;
  readonly logins: readonly LoginMethod[];
  /** Why the config keeps all of its credentials out of use, with what would change that; absent: nothing does. */
  switchedOff?(config: Config): string | undefined;
  /** @throws AppError `credential_malformed` naming the member, never its value. */
  read(fields: JsonObject): AccountFacts;
  /** Binds the secret. The upstream lives as long as the file's content stays the same. */
  open(fields: JsonObject, context: AccountContext): Upstream;
  refresh(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome>;
  /** The models this account may use, where the vendor lists them; absent or failing: the catalogue's. */
  listModels?(fields: JsonObject, context: AccountContext): Promise<readonly ModelInfo[]>;
  /** How long such a list is good, in milliseconds; absent: six hours. */
  readonly listFreshMs?: number;
  /** The catalogue's models as this account's plan has them; absent: all of them, as they are. */
  planModels?(fields: JsonObject, catalogue: readonly ModelInfo[]): readonly ModelInfo[];
  /** Models that the account has, and that its vendor's own list leaves out. */
  unlistedModels?(fields: JsonObject, catalogue: readonly ModelInfo[]): readonly ModelInfo[];
  /** Other names under which clients know one of its models; some of them mean a way to use it, too. */
  aliasesOf?(model: ModelInfo): readonly (string | ProviderAlias)[];
  /** Asks the vendor how much is used; absent where it cannot be asked. */
  readQuota?(fields: JsonObject, context: AccountContext): Promise<QuotaFacts>;
  /** Tells the vendor that the login is over; best effort. */
  revoke?(fields: JsonObject, context: AccountContext): Promise<void>;
}
