import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { asArray, asString, omit } from './wire.js';

const EMPTY: JsonObject = { type: 'object', properties: {} };

/**
 * The root of a tool's schema must be a plain object schema: references are followed, unions are merged into their
 * properties, and whatever is no object schema becomes an empty one.
 */
export function toolSchema(schema: JsonObject | undefined): JsonObject {
  if (schema === undefined) return EMPTY;
  const root = resolve(schema, schema);
  const branches = ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
    asArray(root[key]).flatMap((branch) => (isObject(branch) ? [{ key, branch: resolve(branch, schema) }] : [])),
  );
  const isObjectType = root['type'] === undefined || typesOf(root['type']).includes('object');
  if (!isObjectType) return EMPTY;

  const own = isObject(root['properties']) ? root['properties'] : {};
  const properties: JsonObject = Object.assign({}, ...branches.map(({ branch }) => propertiesOf(branch)), own);
  const required = [
    ...asArray(root['required']),
    ...branches.filter(({ key }) => key === 'allOf').flatMap(({ branch }) => asArray(branch['required'])),
  ].filter((name) => typeof name === 'string');
  return {
    ...omit(root, 'anyOf', 'oneOf', 'allOf', 'required', 'nullable'),
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required: [...new Set(required)] }),
  };
}

const typesOf = (type: JsonValue): readonly JsonValue[] =>
  (Array.isArray(type) ? type : [type]).map((name) => (typeof name === 'string' ? name.toLowerCase() : name));

const propertiesOf = (schema: JsonObject): JsonObject => (isObject(schema['properties']) ? schema['properties'] : {});

/** Follows a local `$ref` (`#/$defs/X`), keeping the definitions that deeper references need. */
function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  let at = schema;
  for (let hops = 0; hops < 8; hops += 1) {
    const ref = asString(at['$ref']);
    if (ref === undefined) return at;
    if (!ref.startsWith('#/')) return omit(at, '$ref');
    const target = ref
      .slice(2)
      .split('/')
      .reduce<JsonValue | undefined>((value, step) => (isObject(value) ? value[step] : undefined), root);
    if (!isObject(target)) return omit(at, '$ref');
    at = { ...omit(at, '$ref'), ...target };
  }
  return omit(at, '$ref');
}
