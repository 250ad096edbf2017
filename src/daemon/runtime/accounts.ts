import { hash } from 'node:crypto';
import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/schema.js';
import { AppError } from '../../shared/errors.js';
import type { JsonObject } from '../ir/json.js';
import type { ModelInfo } from '../ir/model.js';
import type { Catalog } from '../models/catalog.js';
import type { Credential, OfferedModel } from '../pool/credential.js';
import type { AccountFacts, AccountProvider, ProviderAlias } from '../providers/account.js';
import type { Upstream } from '../providers/provider.js';
import type { HttpClient } from '../transport/http.js';
import { readAccountFile } from './account-file.js';
import { fromListed, type ListedModelInfo, mergeAliases, offersOf, withCatalogueFacts } from './account-models.js';
import { accountSettingsOf, ofChannel } from './account-settings.js';
import { compileRule, selected, withTraits } from './credentials.js';

/** A credential file as the primary hands it on, with the models its vendor lists, if they were asked for. */
export interface StoredAccount {
  readonly name: string;
  readonly revision: string;
  readonly fields: JsonObject;
  readonly models?: readonly ListedModelInfo[];
}

/** A file that is kept and listed, but never used. */
export interface UnusableAccount {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly reason: string;
}

export interface CompiledAccounts {
  readonly credentials: readonly Credential[];
  readonly unusable: readonly UnusableAccount[];
}

export interface AccountCompilerParts {
  readonly providers: readonly AccountProvider[];
  readonly catalog: Catalog;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Has the token renewed that was just refused; whether there is another one now, the next compilation knows. */
  readonly renew: (stale: { readonly name: string; readonly tokenId: string }) => Promise<void>;
}

export interface AccountCompiler {
  /** Builds what has changed since the last time; everything else stays the very same object. */
  compile(config: Config, accounts: readonly StoredAccount[]): CompiledAccounts;
}

/** Stable as long as the file keeps its name. */
export const accountIdOf = (type: string, name: string): string =>
  hash('sha256', JSON.stringify(['file', type.toLowerCase(), name]), 'hex').slice(0, 16);

export const typeOf = (fields: JsonObject): string => {
  const type = fields['type'];
  return typeof type === 'string' ? type.trim().toLowerCase() : '';
};

interface Built {
  readonly account: StoredAccount;
  readonly config: Config;
  readonly result: Credential | UnusableAccount;
  /** What the upstream was opened with; one that is opened anew forgets its short-lived tokens. */
  readonly upstream?: { readonly key: string; readonly value: Upstream };
}

/** Makes credentials of credential files, those that stood there at the start and those that came later alike. */
export function openAccountCompiler(parts: AccountCompilerParts): AccountCompiler {
  const byType = new Map(
    parts.providers.flatMap((provider) => provider.types.map((type) => [type.toLowerCase(), provider] as const)),
  );
  let built: ReadonlyMap<string, Built> = new Map();

  const build = (config: Config, account: StoredAccount, before: Built | undefined): Built => {
    const type = typeOf(account.fields);
    const provider = byType.get(type);
    const id = accountIdOf(type, account.name);
    const unusable = (reason: string): Built => ({
      account,
      config,
      result: { id, name: account.name, type, reason },
    });
    if (provider === undefined) return unusable(`credentials of type ${type} are not supported: kept, and left alone`);
    try {
      const settings = accountSettingsOf(config, provider);
      const { proxyUrl } = readAccountFile(account.fields);
      const key = JSON.stringify([account.revision, settings, proxyUrl ?? '']);
      const { http, clock } = parts;
      const facts = provider.read(account.fields);
      const value =
        before?.upstream?.key === key
          ? before.upstream.value
          : provider.open(account.fields, { http, clock, settings, ...(proxyUrl === undefined ? {} : { proxyUrl }) });
      const upstream = { key, value };
      const newer = (): Upstream | undefined => {
        const now = built.get(account.name)?.result;
        return now !== undefined && 'upstream' in now && now.account?.tokenId !== facts.tokenId
          ? now.upstream
          : undefined;
      };
      const renew = async (): Promise<Upstream | undefined> => {
        // Others may have had it renewed while this request was under way.
        const known = newer();
        if (known !== undefined) return known;
        await parts.renew({ name: account.name, tokenId: facts.tokenId });
        return newer();
      };
      const made = { id, provider, facts, upstream: value, renew };
      return { account, config, upstream, result: toCredential(config, account, made, parts.catalog) };
    } catch (error) {
      if (error instanceof AppError) return unusable(error.message);
      throw error;
    }
  };

  return {
    compile(config, accounts) {
      const next = new Map<string, Built>();
      for (const account of accounts) {
        const before = built.get(account.name);
        const isSame = before !== undefined && before.config === config && isSameAccount(before.account, account);
        next.set(account.name, isSame ? before : build(config, account, before));
      }
      built = next;
      const results = [...next.values()].map(({ result }) => result);
      return {
        credentials: results.flatMap((result) => ('upstream' in result ? [result] : [])),
        unusable: results.flatMap((result) => ('upstream' in result ? [] : [result])),
      };
    },
  };
}

const isSameAccount = (a: StoredAccount, b: StoredAccount): boolean =>
  a.revision === b.revision && (a.models === b.models || JSON.stringify(a.models) === JSON.stringify(b.models));

/** A person with a few tools at work; more than that is what vendors take for a shared account. */
const ACCOUNT_CONCURRENCY = 10;

interface Made {
  readonly id: string;
  readonly provider: AccountProvider;
  readonly facts: AccountFacts;
  readonly upstream: Upstream;
  readonly renew: () => Promise<Upstream | undefined>;
}

/** Names that the provider itself knows for a model, unless something else has the name already. */
function withProviderNames(
  offers: readonly OfferedModel[],
  { aliasesOf }: AccountProvider,
  catalog: Catalog,
): readonly OfferedModel[] {
  if (aliasesOf === undefined) return offers;
  const taken = new Set(offers.map(({ alias }) => alias.toLowerCase()));
  const added = offers.flatMap((offer) => {
    if (offer.alias !== offer.model.id) return [];
    // Under its vendor's full name it shares the route of that vendor's own credentials.
    const named = aliasesOf(offer.model).map((each) =>
      typeof each === 'string' ? { ...offer, alias: each } : wayOf(offer, each),
    );
    const full = named.map((each) => ({ ...each, alias: catalog.find(each.alias)?.id ?? each.alias }));
    return full.filter(({ alias }) => !taken.has(alias.toLowerCase()));
  });
  return [...offers, ...added];
}

function withUnlisted(listed: readonly ModelInfo[], others: readonly ModelInfo[] = []): readonly ModelInfo[] {
  const names = new Set(listed.map(({ id }) => id));
  return others.length === 0 ? listed : [...listed, ...others.filter(({ id }) => !names.has(id))];
}

const wayOf = (offer: OfferedModel, { name, trait }: ProviderAlias): OfferedModel => ({
  ...offer,
  alias: name,
  model: { ...offer.model, traits: new Set([...offer.model.traits, trait]) },
});

function toCredential(
  config: Config,
  { name, fields, models }: StoredAccount,
  made: Made,
  catalog: Catalog,
): Credential {
  const { id, provider, facts, upstream, renew } = made;
  const file = readAccountFile(fields);
  const aliases = mergeAliases(file.aliases, ofChannel(config['oauth-model-alias'], provider) ?? []);
  const catalogue = catalog.list(provider.catalog);
  const told = models?.map((model) => withCatalogueFacts(fromListed(model), catalog));
  const listed = told ?? provider.planModels?.(fields, catalogue) ?? catalogue;
  const known = withUnlisted(listed, provider.unlistedModels?.(fields, catalogue));
  const excluded = [...file.excludedModels, ...(ofChannel(config['oauth-excluded-models'], provider) ?? [])];
  const named = withProviderNames(offersOf(known, aliases, catalog), provider, catalog);
  const own = withTraits(named, provider.traits);
  const offers = selected(own, excluded);
  const maxConcurrent = file.maxConcurrent ?? ACCOUNT_CONCURRENCY;
  const switchedOff = provider.switchedOff?.(config);
  const rules = [...file.rules, ...(ofChannel(config['oauth-request-scoped-errors'], provider) ?? [])];
  return {
    id,
    provider,
    providerName: provider.id,
    label: `${provider.id} (${facts.label})`,
    baseUrl: '',
    upstream,
    renew,
    // An explicit 0 in the file wins over the provider's.
    priority: file.priority ?? ofChannel(config['oauth-provider-priority'], provider) ?? 0,
    weight: file.weight,
    disabled: file.disabled || offers.disabled || switchedOff !== undefined,
    ...(switchedOff === undefined || file.disabled ? {} : { disabledWhy: switchedOff }),
    models: offers.models,
    rules: rules.map(compileRule),
    account: {
      name,
      label: facts.label,
      tokenId: facts.tokenId,
      ...(facts.plan === undefined ? {} : { plan: facts.plan }),
      ...(facts.expiresAt === undefined ? {} : { expiresAt: facts.expiresAt }),
      ...(facts.expiresAt === undefined || facts.canRefresh ? {} : { isRenewable: false as const }),
      ...(file.note === undefined ? {} : { note: file.note }),
    },
    ...(file.prefix === undefined ? {} : { prefix: file.prefix }),
    ...(file.proxyUrl === undefined ? {} : { proxyUrl: file.proxyUrl }),
    ...(maxConcurrent === 0 ? {} : { maxConcurrent }),
    ...(file.requestRetry === undefined ? {} : { requestRetry: file.requestRetry }),
    ...(file.disableCooling === undefined ? {} : { disableCooling: file.disableCooling }),
  };
}
