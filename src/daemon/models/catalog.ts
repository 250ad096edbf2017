import { z } from 'zod';
import type { ModelInfo, ModelTrait } from '../ir/model.js';
import antigravity from './data/antigravity.json' with { type: 'json' };
import claude from './data/claude.json' with { type: 'json' };
import codex from './data/codex.json' with { type: 'json' };
import copilot from './data/copilot.json' with { type: 'json' };
import gemini from './data/gemini.json' with { type: 'json' };
import kilo from './data/kilo.json' with { type: 'json' };
import kiro from './data/kiro.json' with { type: 'json' };
import vertex from './data/vertex.json' with { type: 'json' };

const TRAITS = [
  'no-sampling',
  'structured-output',
  'mid-system',
  'no-mid-system',
  'adaptive-thinking-only',
  'gemini-3',
  'no-system-instruction',
  'vertex',
] as const satisfies readonly ModelTrait[];

const facts = z.object({
  contextTokens: z.number().optional(),
  maxOutputTokens: z.number().optional(),
  inputModalities: z.array(z.string()).optional(),
  outputModalities: z.array(z.string()).optional(),
});
const entry = facts.extend({
  id: z.string(),
  aliases: z.array(z.string()).default([]),
  displayName: z.string(),
  thinking: z
    .object({
      min: z.number().optional(),
      max: z.number().optional(),
      zeroAllowed: z.boolean(),
      dynamicAllowed: z.boolean(),
      levels: z.array(z.enum(['minimal', 'low', 'medium', 'high', 'xhigh', 'max'])),
    })
    .optional(),
  traits: z.array(z.enum(TRAITS)).default([]),
});
/** Models that no list names yet, by what their names begin with; the first that fits counts. */
const family = facts.extend({
  prefix: z.string(),
  /** Has the limits and the thinking of this model of the list. */
  like: z.string().optional(),
  /** What is asked of its thinking goes out as it is. */
  userDefined: z.boolean().default(false),
  traits: z.array(z.enum(TRAITS)).default([]),
});
const catalogue = z.object({
  source: z.string(),
  date: z.string(),
  ownedBy: z.string(),
  defaults: facts,
  models: z.array(entry),
  families: z.array(family).default([]),
});

export type CatalogId = 'claude' | 'gemini' | 'codex' | 'copilot' | 'kilo' | 'kiro' | 'vertex' | 'antigravity';

export interface Catalog {
  /** The vendor's own list, in its order. */
  list(catalog: CatalogId): readonly ModelInfo[];
  /** A model by its id or a dated id's short form, in any vendor's list, or by its family's name; case does not matter. */
  find(id: string): ModelInfo | undefined;
}

/** The same model has other limits elsewhere. */
const OWN_LIMITS: ReadonlySet<CatalogId> = new Set(['kiro', 'antigravity']);

/** The built-in model facts (`data/*.json`, each with its source and date). */
export function openCatalog(): Catalog {
  const lists = new Map<CatalogId, readonly ModelInfo[]>();
  const byId = new Map<string, ModelInfo>();
  const families: Family[] = [];
  for (const [catalog, data] of [
    ['claude', claude],
    ['gemini', gemini],
    ['codex', codex],
    // Last: they serve other vendors' models, whose own facts come first.
    ['copilot', copilot],
    ['kilo', kilo],
    ['vertex', vertex],
    ['kiro', kiro],
    ['antigravity', antigravity],
  ] as const) {
    const parsed = catalogue.parse(data);
    const models = parsed.models.map(({ aliases, traits, ...model }) => {
      const info: ModelInfo = toModelInfo({ ...parsed.defaults, ...model, ownedBy: parsed.ownedBy }, traits);
      for (const name of [model.id, ...aliases].map((each) => each.toLowerCase())) {
        if (!OWN_LIMITS.has(catalog) && !byId.has(name)) byId.set(name, info);
      }
      return info;
    });
    lists.set(catalog, models);
    families.push(...parsed.families.map((each) => openFamily(each, parsed.ownedBy, models)));
  }
  return {
    list: (catalog) => lists.get(catalog) ?? [],
    find: (id) => {
      const base = id.toLowerCase();
      // Aggregators write `vendor/model`.
      const short = base.slice(base.lastIndexOf('/') + 1);
      const known = byId.get(base) ?? byId.get(short);
      if (known !== undefined) return known;
      const kin = families.find(({ prefix }) => short.startsWith(prefix));
      return kin === undefined ? undefined : { ...kin.facts, id };
    },
  };
}

interface Family {
  readonly prefix: string;
  readonly facts: Omit<ModelInfo, 'id'>;
}

function openFamily(
  { prefix, like, traits, ...own }: z.output<typeof family>,
  ownedBy: string,
  models: readonly ModelInfo[],
): Family {
  const kin = models.find(({ id }) => id === like);
  const { displayName: _name, ...shared }: Partial<ModelInfo> = kin ?? {};
  const all = new Set([...(kin?.traits ?? []), ...traits]);
  return { prefix, facts: { ...shared, ...defined(own), ownedBy, traits: all } };
}

function toModelInfo(
  { thinking, ...model }: Omit<z.output<typeof entry>, 'aliases' | 'traits'> & { readonly ownedBy: string },
  traits: readonly ModelTrait[],
): ModelInfo {
  return {
    ...defined(model),
    ...(thinking === undefined ? {} : { thinking: defined(thinking) }),
    userDefined: false,
    traits: new Set(traits),
  };
}

/** Drops members that are `undefined`, which exact optional types tell apart from absent ones. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
