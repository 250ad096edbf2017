import { z } from 'zod';
import type { ModelInfo, ModelTrait } from '../ir/model.js';
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
const catalogue = z.object({
  source: z.string(),
  date: z.string(),
  ownedBy: z.string(),
  defaults: facts,
  models: z.array(entry),
});

export type CatalogId = 'claude' | 'gemini' | 'codex' | 'copilot' | 'kilo' | 'kiro' | 'vertex';

export interface Catalog {
  /** The vendor's own list, in its order. */
  list(catalog: CatalogId): readonly ModelInfo[];
  /** A model by its id or a dated id's short form, in any vendor's list; case does not matter. */
  find(id: string): ModelInfo | undefined;
}

/** The built-in model facts (`data/*.json`, each with its source and date). */
export function openCatalog(): Catalog {
  const lists = new Map<CatalogId, readonly ModelInfo[]>();
  const byId = new Map<string, ModelInfo>();
  for (const [catalog, data] of [
    ['claude', claude],
    ['gemini', gemini],
    ['codex', codex],
    // Last: they serve other vendors' models, whose own facts come first.
    ['copilot', copilot],
    ['kilo', kilo],
    ['vertex', vertex],
    ['kiro', kiro],
  ] as const) {
    const parsed = catalogue.parse(data);
    const models = parsed.models.map(({ aliases, traits, ...model }) => {
      const info: ModelInfo = toModelInfo({ ...parsed.defaults, ...model, ownedBy: parsed.ownedBy }, traits);
      for (const name of [model.id, ...aliases].map((each) => each.toLowerCase())) {
        // Kiro's limits are its own: the same model has others elsewhere.
        if (catalog !== 'kiro' && !byId.has(name)) byId.set(name, info);
      }
      return info;
    });
    lists.set(catalog, models);
  }
  return {
    list: (catalog) => lists.get(catalog) ?? [],
    find: (id) => {
      const base = id.toLowerCase();
      // Aggregators write `vendor/model`.
      return byId.get(base) ?? byId.get(base.slice(base.lastIndexOf('/') + 1));
    },
  };
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
