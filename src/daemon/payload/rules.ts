import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../shared/config/schema.js';
import type { WireBody } from '../dialects/dialect.js';
import { type JsonValue, parseJson } from '../ir/json.js';
import { type Applies, compileConditions } from './conditions.js';
import { placesOf, removePlace, setPlace, targetsOf, valueIn } from './edit.js';
import { isJsonValue, type Original, type PayloadFacts } from './facts.js';
import type { Place } from './locate.js';
import { parsePath } from './path.js';
import type { Step } from './step.js';

type Rules = Config['payload'];
type SetEntry = Rules['default'][number];

interface Write {
  readonly path: readonly Step[];
  readonly value: JsonValue;
}

interface SetRule {
  readonly applies: Applies;
  readonly writes: readonly Write[];
}

export interface BodyRules {
  apply(body: WireBody, original: Original, facts: PayloadFacts): void;
}

/** Compiles `default`, `default-raw`, `override`, `override-raw` and `filter`, which work in this order; `undefined`: none. */
export function compileRules(rules: Rules): BodyRules | undefined {
  const defaults = [...setRules(rules.default, plainValue), ...setRules(rules['default-raw'], rawValue)];
  const overrides = [...setRules(rules.override, plainValue), ...setRules(rules['override-raw'], rawValue)];
  const filters = rules.filter.map(({ models, params }) => ({
    applies: compileConditions(models),
    paths: params.flatMap((text) => {
      const path = parsePath(text);
      return path === undefined ? [] : [path];
    }),
  }));
  if (defaults.length + overrides.length + filters.length === 0) return undefined;
  return {
    apply(body, original, facts) {
      applyDefaults(defaults, body, original, facts);
      for (const { applies, writes } of overrides) {
        if (!applies(facts, body)) continue;
        for (const write of writes) for (const place of targetsOf(body, write.path)) put(body, place, write.value);
      }
      for (const { applies, paths } of filters) {
        if (!applies(facts, body)) continue;
        // The last item first, or the numbers of the others would no longer fit.
        for (const path of paths) for (const place of [...placesOf(body, path)].reverse()) removePlace(body, place);
      }
    },
  };
}

/** Only what the original request lacks, and what no rule before has written. */
function applyDefaults(rules: readonly SetRule[], body: WireBody, original: Original, facts: PayloadFacts): void {
  const written = new Set<string>();
  for (const { applies, writes } of rules) {
    if (!applies(facts, body)) continue;
    for (const { path, value } of writes) {
      for (const place of targetsOf(body, path)) {
        const key = JSON.stringify(place);
        if (written.has(key) || valueIn(original, place) !== undefined) continue;
        put(body, place, value);
        written.add(key);
      }
    }
  }
}

/** A body that already says so keeps its bytes. */
function put(body: WireBody, place: Place, value: JsonValue): void {
  if (!isDeepStrictEqual(valueIn(body, place), value)) setPlace(body, place, value);
}

function setRules(entries: readonly SetEntry[], read: (value: unknown) => JsonValue | undefined): readonly SetRule[] {
  return entries.map(({ models, params }) => ({
    applies: compileConditions(models),
    writes: Object.entries(params).flatMap(([text, given]): readonly Write[] => {
      const path = parsePath(text);
      const value = read(given);
      return path === undefined || value === undefined ? [] : [{ path, value }];
    }),
  }));
}

const plainValue = (value: unknown): JsonValue | undefined => (isJsonValue(value) ? value : undefined);

/** A text is JSON itself; what the YAML already holds as another value is taken as it is. */
function rawValue(value: unknown): JsonValue | undefined {
  if (typeof value === 'string') return parseJson(value);
  return value === null ? undefined : plainValue(value);
}
