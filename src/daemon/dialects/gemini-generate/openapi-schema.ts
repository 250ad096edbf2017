import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

const MAX_DEPTH = 100;

/** Counts that travel as strings, because the wire type is int64. */
const COUNTS: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);
const BRANCHES: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const NAMED: ReadonlySet<string> = new Set(['properties', '$defs', 'defs']);

/**
 * Google's OpenAPI-like `Schema` (`parameters`, `responseSchema`) as plain JSON Schema: lower-case types, `nullable` as a
 * `null` type, counts as numbers.
 */
export function toJsonSchema(schema: JsonObject, path: string, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) throw new RequestFault('the schema is nested too deeply', path);
  const inner = (value: JsonValue | undefined): JsonValue | undefined =>
    isObject(value) ? toJsonSchema(value, path, depth + 1) : value;
  const entries = Object.entries(schema).flatMap(
    ([spelled, value]): readonly (readonly [string, JsonValue | undefined])[] => {
      const key = spelled.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
      if (key === 'nullable' || key === 'propertyOrdering') return [];
      if (key === 'type') return [[key, typeof value === 'string' ? value.toLowerCase() : value]];
      if (COUNTS.has(key) && typeof value === 'string' && /^\d+$/.test(value)) return [[key, Number(value)]];
      if (key === 'items' || key === 'additionalProperties') return [[key, inner(value)]];
      if (BRANCHES.has(key) && Array.isArray(value)) return [[key, value.map((branch) => inner(branch) ?? null)]];
      if (NAMED.has(key) && isObject(value)) {
        const named = Object.entries(value).map(([name, child]) => [name, inner(child)] as const);
        return [[key === 'defs' ? '$defs' : key, Object.fromEntries(named)]];
      }
      return [[key, value]];
    },
  );
  const result = Object.fromEntries(entries);
  if (schema['nullable'] !== true || typeof result['type'] !== 'string') return result;
  const values = result['enum'];
  const withNull = Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {};
  return { ...result, type: [result['type'], 'null'], ...withNull };
}
