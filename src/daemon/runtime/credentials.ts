import { hash } from 'node:crypto';
import { secretId } from '../../shared/client-keys.js';
import { patternOf } from '../../shared/config/pattern.js';
import type { Config } from '../../shared/config/schema.js';
import type { ModelInfo, ModelTrait, ThinkingCapability } from '../ir/model.js';
import type { Catalog, CatalogId } from '../models/catalog.js';
import type { Credential, FailureRule, OfferedModel } from '../pool/credential.js';
import type { EntryProviderId } from '../providers/provider.js';
import { PROVIDERS } from '../providers/registry.js';
import { matcherOf } from './patterns.js';

type ApiKeyEntry =
  | Config['claude-api-key'][number]
  | Config['gemini-api-key'][number]
  | Config['codex-api-key'][number];
type CompatibleEntry = Config['openai-compatibility'][number];
type ModelEntry = CompatibleEntry['models'][number] | ApiKeyEntry['models'][number];
type RuleEntry = ApiKeyEntry['request-scoped-errors'][number];

/** Every credential that stands in the config file, in its order. */
export function compileCredentials(config: Config, catalog: Catalog): readonly Credential[] {
  return [
    ...config['claude-api-key'].map((entry) =>
      fromEntry('claude', entry, catalog, {
        authHeader: entry['auth-header'],
        autoCache: entry['auto-cache'],
        rebuildsSystemTurns: entry['rebuild-mid-system-message'],
      }),
    ),
    ...config['gemini-api-key'].map((entry) =>
      fromEntry('gemini', entry, catalog, { safety: safetyOf(entry['safety-settings']) }),
    ),
    ...config['codex-api-key'].map((entry) =>
      fromEntry('codex', entry, catalog, { profile: entry.profile, websockets: entry.websockets }),
    ),
    ...config['vertex-api-key'].map((entry) =>
      fromEntry('vertex', entry, catalog, { safety: safetyOf(entry['safety-settings']) }),
    ),
    ...config['openai-compatibility'].flatMap((entry) => fromCompatible(entry, catalog)),
  ];
}

const FILTERS = ['harassment', 'hate-speech', 'sexually-explicit', 'dangerous-content', 'civic-integrity'] as const;
/** Of a section that may hold more than we know. */
const safetyOf = (settings: Config['gemini-api-key'][number]['safety-settings']) =>
  settings && definedOf(Object.fromEntries(FILTERS.map((name) => [name, settings[name]])));

const CATALOGS = {
  claude: 'claude',
  gemini: 'gemini',
  codex: 'codex',
  vertex: 'vertex',
} as const satisfies Partial<Record<EntryProviderId, CatalogId>>;

function fromEntry(
  id: keyof typeof CATALOGS,
  entry: ApiKeyEntry,
  catalog: Catalog,
  options: Readonly<Record<string, unknown>>,
): Credential {
  const models =
    entry.models.length > 0
      ? entry.models.map((model) => offered(model, catalog, 'known'))
      : catalog.list(CATALOGS[id]).map((info): OfferedModel => ({ alias: info.id, model: info, forceMapping: false }));
  const baseUrl = entry['base-url'] ?? '';
  const apiKey = entry['api-key'] === '' ? undefined : entry['api-key'];
  return {
    ...identity(id, id, apiKey, baseUrl, entry.prefix, entry['proxy-url']),
    ...common(entry),
    weight: entry.weight,
    ...selected(withTraits(models, PROVIDERS[id].traits), entry['excluded-models']),
    upstream: PROVIDERS[id].bind({ baseUrl, headers: entry.headers, ...definedOf({ ...options, apiKey }) }),
    ...(entry['proxy-url'] === undefined ? {} : { proxyUrl: entry['proxy-url'] }),
    ...(entry.prefix === undefined ? {} : { prefix: entry.prefix }),
    ...(entry['request-retry'] === undefined ? {} : { requestRetry: entry['request-retry'] }),
    ...(entry['disable-cooling'] === undefined ? {} : { disableCooling: entry['disable-cooling'] }),
  };
}

/** One credential per key entry; no entries make one that sends no key. */
function fromCompatible(entry: CompatibleEntry, catalog: Catalog): readonly Credential[] {
  const baseUrl = entry['base-url'] ?? '';
  const models = entry.models.map((model) => offered(model, catalog, 'user-defined'));
  const keys = entry['api-key-entries'].length > 0 ? entry['api-key-entries'] : [{ weight: 1 }];
  return keys.map((key): Credential => {
    const apiKey = 'api-key' in key ? key['api-key'] : undefined;
    const proxyUrl = 'proxy-url' in key ? key['proxy-url'] : undefined;
    const { disabled, models: offers } = selected(models, entry['excluded-models']);
    return {
      ...identity('openai-compatibility', entry.name, apiKey, baseUrl, entry.prefix, proxyUrl),
      ...common(entry),
      weight: key.weight,
      disabled: disabled || entry.disabled,
      models: offers,
      upstream: PROVIDERS['openai-compatibility'].bind({
        baseUrl,
        headers: entry.headers,
        supportPromptCacheKey: entry['support-prompt-cache-key'],
        ...definedOf({ apiKey }),
      }),
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
      ...(entry.prefix === undefined ? {} : { prefix: entry.prefix }),
      ...(entry['request-retry'] === undefined ? {} : { requestRetry: entry['request-retry'] }),
      ...(entry['disable-cooling'] === undefined ? {} : { disableCooling: entry['disable-cooling'] }),
    };
  });
}

/** The id must not change over restarts, nor tell the key; the label is for people. */
function identity(
  id: EntryProviderId,
  name: string,
  apiKey: string | undefined,
  baseUrl: string,
  prefix: string | undefined,
  proxyUrl: string | undefined,
) {
  const seed = JSON.stringify([id, name, apiKey ?? '', baseUrl, prefix ?? '', proxyUrl ?? '']);
  const keyId = apiKey === undefined ? 'no key' : `key ${secretId(apiKey)}`;
  return {
    id: hash('sha256', seed, 'hex').slice(0, 16),
    provider: PROVIDERS[id],
    providerName: name,
    label: `${name} (${keyId})`,
    baseUrl,
  };
}

function common(entry: {
  readonly priority: number;
  readonly 'max-concurrent'?: number | undefined;
  readonly 'request-scoped-errors': readonly RuleEntry[];
}) {
  const maxConcurrent = entry['max-concurrent'] ?? 0;
  return {
    priority: entry.priority,
    rules: entry['request-scoped-errors'].map(compileRule),
    ...(maxConcurrent === 0 ? {} : { maxConcurrent }),
  };
}

/** What a provider knows of every model it serves, whoever named it. */
export function withTraits(
  offers: readonly OfferedModel[],
  traits: readonly ModelTrait[] = [],
): readonly OfferedModel[] {
  if (traits.length === 0) return offers;
  return offers.map((offer) => ({
    ...offer,
    model: { ...offer.model, traits: new Set([...offer.model.traits, ...traits]) },
  }));
}

/** `*` as an exclusion switches the whole credential off. */
export function selected(models: readonly OfferedModel[], excluded: readonly string[]) {
  const isExcluded = matcherOf(excluded);
  return {
    disabled: excluded.includes('*'),
    models: models.filter(({ alias, model }) => !isExcluded(alias) && !isExcluded(model.id)),
  };
}

function offered(entry: ModelEntry, catalog: Catalog, kind: 'known' | 'user-defined'): OfferedModel {
  // An upstream name may carry a thinking suffix of its own: `glm-5(high)`.
  const suffix = /^(.+)\(([^()]*)\)$/.exec(entry.name);
  const name = suffix?.[1] ?? entry.name;
  return {
    alias: entry.alias ?? name,
    model: describe(name, entry, catalog, kind),
    forceMapping: entry['force-mapping'],
    ...(suffix?.[2] === undefined ? {} : { configuredSuffix: suffix[2] }),
  };
}

function describe(name: string, entry: ModelEntry, catalog: Catalog, kind: 'known' | 'user-defined'): ModelInfo {
  const known = catalog.find(name);
  const base: ModelInfo =
    known === undefined ? { id: name, userDefined: true, traits: new Set() } : { ...known, id: name };
  const thinking = entry.thinking === undefined ? undefined : thinkingOf(entry.thinking);
  const inputs = 'input-modalities' in entry ? entry['input-modalities'] : [];
  const outputs = 'output-modalities' in entry ? entry['output-modalities'] : [];
  return {
    ...base,
    userDefined: base.userDefined || kind === 'user-defined',
    ...(entry['display-name'] === undefined ? {} : { displayName: entry['display-name'] }),
    ...(entry['max-context-length'] === undefined ? {} : { contextTokens: entry['max-context-length'] }),
    ...(thinking === undefined ? {} : { thinking, userDefined: false }),
    ...(inputs !== undefined && inputs.length > 0 ? { inputModalities: inputs } : {}),
    ...(outputs !== undefined && outputs.length > 0 ? { outputModalities: outputs } : {}),
    ...(entry['is-compat'] ? { isCompat: true } : {}),
    ...(entry.image ? { servesImages: true } : {}),
  };
}

function thinkingOf(configured: NonNullable<ModelEntry['thinking']>): ThinkingCapability {
  return {
    zeroAllowed: configured['zero-allowed'],
    dynamicAllowed: configured['dynamic-allowed'],
    levels: configured.levels,
    ...(configured.min === undefined ? {} : { min: configured.min }),
    ...(configured.max === undefined ? {} : { max: configured.max }),
  };
}

/** A pattern that is none never matches; the config check has already said so. */
export function compileRule(rule: RuleEntry): FailureRule {
  const patterns = rule['match-regexr'].flatMap((source) => patternOf(source) ?? []);
  return {
    status: rule.status,
    action: rule.action,
    matches: (body) => rule.match.some((text) => body.includes(text)) || patterns.some((pattern) => pattern.test(body)),
  };
}

const definedOf = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
