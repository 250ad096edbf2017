import type { Config } from '../../shared/config/schema.js';
import type { ModelInfo, ModelTrait } from '../ir/model.js';
import type { Catalog } from '../models/catalog.js';
import type { OfferedModel } from '../pool/credential.js';
import type { AliasEntry } from './account-file.js';

/** A model as it travels between processes: sets do not. */
export type ListedModelInfo = Omit<ModelInfo, 'traits'> & { readonly traits: readonly ModelTrait[] };

export const toListed = ({ traits, ...model }: ModelInfo): ListedModelInfo => ({ ...model, traits: [...traits] });
export const fromListed = ({ traits, ...model }: ListedModelInfo): ModelInfo => ({ ...model, traits: new Set(traits) });

/** A vendor's list may tell names and limits only: what the catalogue knows of such a model stands behind them. */
export function withCatalogueFacts(model: ModelInfo, catalog: Catalog): ModelInfo {
  const known = model.userDefined ? catalog.find(model.id) : undefined;
  if (known === undefined) return model;
  return { ...known, ...model, userDefined: known.userDefined, traits: new Set([...known.traits, ...model.traits]) };
}

/** The file's own aliases, then those of its channel; for the same alias the first one counts. */
export function mergeAliases(
  own: readonly AliasEntry[],
  ofChannel: NonNullable<Config['oauth-model-alias'][string]>,
): readonly AliasEntry[] {
  const configured = ofChannel.map(
    (entry): AliasEntry => ({
      name: entry.name,
      alias: entry.alias,
      fork: entry.fork,
      forceMapping: entry['force-mapping'],
      ...(entry['display-name'] === undefined ? {} : { displayName: entry['display-name'] }),
    }),
  );
  const byAlias = new Map<string, AliasEntry>();
  for (const entry of [...own, ...configured]) {
    const key = entry.alias.toLowerCase();
    if (!byAlias.has(key)) byAlias.set(key, entry);
  }
  return [...byAlias.values()];
}

/**
 * What an account offers: each model under its aliases, and under its own name where it has none or one of them is a fork.
 * An alias of a model that no list has is offered too: vendors are faster than lists.
 */
export function offersOf(
  models: readonly ModelInfo[],
  aliases: readonly AliasEntry[],
  catalog: Catalog,
): readonly OfferedModel[] {
  const targets = aliases.map((entry) => ({ entry, ...targetOf(entry.name, catalog) }));
  const offers = models.flatMap((model): OfferedModel[] => {
    const id = model.id.toLowerCase();
    const mine = targets.filter(({ ids }) => ids.includes(id));
    const renamed = mine.map(({ entry, suffix }) => aliasOffer(entry, model, suffix));
    const keepsName = mine.length === 0 || mine.some(({ entry }) => entry.fork);
    return keepsName ? [{ alias: model.id, model, forceMapping: false }, ...renamed] : renamed;
  });
  const known = new Set(models.map(({ id }) => id.toLowerCase()));
  for (const { entry, ids, base, suffix } of targets) {
    if (ids.some((id) => known.has(id))) continue;
    const found = catalog.find(base);
    const model: ModelInfo =
      found === undefined ? { id: base, userDefined: true, traits: new Set() } : { ...found, id: base };
    offers.push(aliasOffer(entry, model, suffix));
  }
  return offers;
}

/** An alias may point to a model's short name, and set a thinking suffix. */
function targetOf(name: string, catalog: Catalog) {
  const suffix = /^(.+)\(([^()]*)\)$/.exec(name);
  const base = suffix?.[1] ?? name;
  const full = catalog.find(base)?.id;
  const ids = [base.toLowerCase(), ...(full === undefined ? [] : [full.toLowerCase()])];
  return { base, ids, suffix: suffix?.[2] };
}

const aliasOffer = (
  { alias, displayName, forceMapping }: AliasEntry,
  model: ModelInfo,
  suffix: string | undefined,
): OfferedModel => ({
  alias,
  model: displayName === undefined ? model : { ...model, displayName },
  forceMapping,
  ...(suffix === undefined ? {} : { configuredSuffix: suffix }),
});
