import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

const NO_INPUT: JsonObject = { type: 'object', properties: {} };

/** A tool's input schema without what Kiro answers with `Improperly formed request.`: the root is always an object. */
export function kiroSchema(schema: JsonObject | undefined): JsonObject {
  if (schema === undefined) return NO_INPUT;
  const { type: _type, properties, ...rest } = clean(schema);
  return { ...rest, type: 'object', properties: isObject(properties) ? properties : {} };
}

/** Members that hold schemas by name, and those that hold one or a list of them. */
const MAPS: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions', 'patternProperties']);
const LISTS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const SINGLES: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'not', 'if', 'then', 'else']);

function clean(schema: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, JsonValue][] => {
      const kept = value === undefined ? undefined : cleanMember(key, value);
      return kept === undefined ? [] : [[key, kept]];
    }),
  );
}

/** `undefined`: the member is left out. */
function cleanMember(key: string, value: JsonValue): JsonValue | undefined {
  if (key === 'type') return typeName(value);
  if (key === 'required') {
    const names = Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
    return names.length === 0 ? undefined : names;
  }
  // `default: null` and `const: null` are values, not schemas.
  if (key === 'default' || key === 'const') return value;
  if (value === null) return undefined;
  if (MAPS.has(key)) return isObject(value) ? cleanMap(value) : undefined;
  if (LISTS.has(key)) return Array.isArray(value) ? value.filter(isObject).map(clean) : undefined;
  if (SINGLES.has(key)) return isObject(value) ? clean(value) : typeof value === 'boolean' ? value : undefined;
  return value;
}

const cleanMap = (map: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, isObject(value) ? clean(value) : {}]));

/** Of several types the first that is not null. */
function typeName(value: JsonValue): string | undefined {
  const names: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  const texts = names.filter((name) => typeof name === 'string');
  return texts.find((name) => name !== 'null') ?? texts[0];
}
