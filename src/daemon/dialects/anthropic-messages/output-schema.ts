import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** What `output_config.format` refuses with 400 (platform.claude.com/docs, structured outputs, JSON Schema limitations). */
const REFUSED: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'propertyNames',
  'default',
  'examples',
]);
/** Keywords whose value maps names to schemas. */
const NAMED: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
/** Keywords whose value is a list of schemas. */
const LISTED: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);

/** A schema as the model can enforce it: what it cannot stays as words in the description. */
export function outputSchema(schema: JsonObject): JsonObject {
  const kept: Record<string, JsonValue | undefined> = {};
  const hints: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (REFUSED.has(key) || (key === 'minItems' && value !== 0 && value !== 1)) {
      if (value !== undefined) hints.push(`${key}: ${JSON.stringify(value)}`);
    } else if (NAMED.has(key) && isObject(value)) {
      kept[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)]));
    } else if (LISTED.has(key) && Array.isArray(value)) {
      // `oneOf` is refused, and for a model choosing one of them it says the same.
      kept[key === 'oneOf' ? 'anyOf' : key] = value.map((inner) => clean(inner) ?? null);
    } else {
      kept[key] = key === 'items' ? clean(value) : value;
    }
  }
  if (kept['type'] === 'object' || isObject(kept['properties'])) kept['additionalProperties'] = false;
  if (hints.length === 0) return kept;
  const description = typeof kept['description'] === 'string' ? `${kept['description']} ` : '';
  return { ...kept, description: `${description}(${hints.join(', ')})` };
}

const clean = (value: JsonValue | undefined): JsonValue | undefined => (isObject(value) ? outputSchema(value) : value);
