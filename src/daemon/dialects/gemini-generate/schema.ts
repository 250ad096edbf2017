import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { isScalar, withHint, withMark } from './schema-hints.js';
import { describeReference, followReference, openReferences, type References } from './schema-references.js';
import { flattenUnion, hasNullBranch, mergeAllOf, mergeConditions } from './schema-unions.js';

/** Where Google's endpoints differ in what they take of JSON Schema. */
export interface SchemaRules {
  /** Keywords whose value becomes a hint in the description. */
  readonly hinted: ReadonlySet<string>;
  /** Keywords that vanish. */
  readonly dropped: ReadonlySet<string>;
  /** Where what nobody has heard of is refused: the only keywords that may be left. */
  readonly known?: ReadonlySet<string>;
  /** What a `$ref` within the schema leads to: its name as a hint, or a copy of it. */
  readonly references: 'hinted' | 'copied';
  /** Enumerations are of strings: as a type of their own, beside the declared type, or in the description only. */
  readonly enums: 'strings' | 'typed' | 'hinted';
  /** A value that may be null: told in the description and no longer required, or by a member `nullable`. */
  readonly nulls: 'hinted' | 'member';
  readonly not: 'kept' | 'hinted';
  /** `additionalProperties: false`. */
  readonly closed: 'kept' | 'hinted';
}

/** The public Gemini API and Vertex. */
export const GEMINI_RULES: SchemaRules = {
  hinted: new Set([
    'minLength',
    'maxLength',
    'pattern',
    'minItems',
    'maxItems',
    'uniqueItems',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'format',
    'default',
    'examples',
  ]),
  dropped: new Set([
    '$schema',
    '$id',
    '$defs',
    'definitions',
    '$comment',
    'propertyNames',
    'patternProperties',
    'enumTitles',
    'enumDescriptions',
    'prefill',
    'deprecated',
    'encrypted',
    'title',
    'nullable',
    'strict',
  ]),
  references: 'hinted',
  enums: 'strings',
  nulls: 'hinted',
  not: 'kept',
  closed: 'hinted',
};

const MAX_DEPTH = 64;

/**
 * A tool's input schema in the strict subset that every Gemini model takes. What the subset cannot say moves into
 * descriptions, so that the model still reads it.
 * @throws RequestFault when the schema is nested deeper than 64 levels.
 */
export function cleanSchema(schema: JsonObject, rules: SchemaRules): JsonObject {
  const node = cleanAnySchema(schema, rules);
  if (node['type'] === 'object') return node;
  // The input of a function is always an object.
  const { type: _type, ...rest } = node;
  return { ...rest, type: 'object', properties: isObject(node['properties']) ? node['properties'] : {} };
}

/** A schema of anything, cleaned likewise. @throws RequestFault when it is nested deeper than 64 levels. */
export const cleanAnySchema = (schema: JsonObject, rules: SchemaRules): JsonObject =>
  clean(schema, { rules, references: openReferences(schema) }, 0).node;

interface Scope {
  readonly rules: SchemaRules;
  readonly references: References;
}

interface Cleaned {
  readonly node: JsonObject;
  /** What the parent must know of a property. */
  readonly isNullable: boolean;
  readonly isRequired: boolean;
}

function clean(value: JsonValue | undefined, scope: Scope, depth: number): Cleaned {
  if (depth > MAX_DEPTH) throw new RequestFault('a tool schema is nested too deeply', 'tools');
  if (!isObject(value)) return { node: {}, isNullable: false, isRequired: false };
  const isRequired = value['required'] === true;
  const { rules } = scope;
  const whole = replaceReference(wrapPropertyMap(value), scope);
  const children = cleanChildren(whole.node, { rules, references: whole.references }, depth + 1);
  const mayBeNull = rules.nulls === 'member' && (whole.node['nullable'] === true || hasNullBranch(whole.node));
  const merged = mergeConditions(mergeAllOf(flattenUnion(children.node)));
  const typed = narrowType(narrowEnum(merged, rules), rules);
  const dropped = dropKeywords(mayBeNull ? { ...typed.node, nullable: true } : typed.node, rules);
  return { node: settleRequired(dropped, children), isNullable: typed.isNullable, isRequired };
}

const replaceReference = (node: JsonObject, { rules, references }: Scope): ReturnType<typeof followReference> =>
  rules.references === 'copied' && node['$ref'] !== undefined
    ? followReference(node, references)
    : { node: describeReference(node), references };

/** Any of these makes a node a schema already. */
const KEYWORDS = [
  'properties',
  'required',
  '$ref',
  'anyOf',
  'oneOf',
  'allOf',
  'enum',
  'const',
  'items',
  'not',
  'if',
  'additionalProperties',
];
const looksLikeSchema = (value: JsonValue | undefined): boolean =>
  isObject(value) && (isType(value['type']) || KEYWORDS.some((key) => Object.hasOwn(value, key)));
/** Else it is a property that happens to be named `type`. */
const isType = (value: JsonValue | undefined): boolean => typeof value === 'string' || Array.isArray(value);

/** Some clients send the properties alone, without the object around them. */
function wrapPropertyMap(node: JsonObject): JsonObject {
  if (looksLikeSchema(node)) return node;
  const values = Object.values(node);
  return values.length > 0 && values.every(looksLikeSchema) ? { type: 'object', properties: node } : node;
}

interface Children {
  readonly node: JsonObject;
  /** Property names that a child itself declared required, or may be null. */
  readonly required: readonly string[];
  readonly nullable: ReadonlySet<string>;
}

/** Cleans every schema below this node; names are never mistaken for keywords. */
function cleanChildren(node: JsonObject, scope: Scope, depth: number): Children {
  const required: string[] = [];
  const nullable = new Set<string>();
  const inner = (value: JsonValue | undefined): JsonObject => clean(value, scope, depth).node;
  const cleanProperty = (name: string, value: JsonValue | undefined): JsonObject => {
    const child = clean(value, scope, depth);
    if (child.isRequired) required.push(name);
    if (child.isNullable) nullable.add(name);
    return child.node;
  };
  const entries = Object.entries(node).map(([key, value]): readonly [string, JsonValue | undefined] => {
    switch (key) {
      case 'properties':
        return [key, isObject(value) ? mapEntries(value, cleanProperty) : undefined];
      case 'items':
        return [key, inner(Array.isArray(value) ? value[0] : value)];
      case 'additionalProperties':
        return [key, isObject(value) ? inner(value) : value];
      case 'allOf':
        if (Array.isArray(value)) required.push(...value.flatMap(requiredNames));
        return [key, Array.isArray(value) ? value.map(inner) : undefined];
      case 'anyOf':
      case 'oneOf':
      case 'prefixItems':
        return [key, Array.isArray(value) ? value.map(inner) : undefined];
      case 'not':
        return [key, isObject(value) ? (scope.rules.not === 'hinted' ? value : inner(value)) : undefined];
      case 'then':
      case 'else':
        return [key, isObject(value) ? inner(value) : undefined];
      default:
        return [key, value];
    }
  });
  return { node: Object.fromEntries(entries.filter(([, value]) => value !== undefined)), required, nullable };
}

/** A branch that only demands properties of its siblings has none of its own to keep the names for. */
const requiredNames = (branch: JsonValue): readonly string[] =>
  isObject(branch) && Array.isArray(branch['required'])
    ? branch['required'].filter((name) => typeof name === 'string')
    : [];

function mapEntries(map: JsonObject, change: (name: string, value: JsonValue | undefined) => JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(name, value)]));
}

/** Enumerations are of strings only. */
function narrowEnum(node: JsonObject, { enums }: SchemaRules): JsonObject {
  const { const: constant, ...rest } = node;
  const values = rest['enum'] ?? (constant === undefined ? undefined : [constant]);
  if (values === undefined) return rest;
  const { enum: _enum, ...others } = rest;
  if (!Array.isArray(values) || values.length === 0) return others;
  const present = values.some((value) => value !== null) ? values.filter((value) => value !== null) : values;
  const texts = present.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  const types = typeNames(others['type']);
  const own = enums === 'strings' ? undefined : types.find((name) => name !== 'null');
  const type =
    own ?? (enums !== 'strings' && present.every((value) => typeof value === 'boolean') ? 'boolean' : 'string');
  const typed = { ...others, type: types.length > 1 && types.includes('null') ? [type, 'null'] : type };
  const isHinted = enums === 'hinted' || (enums === 'typed' && type === 'boolean');
  const narrowed = isHinted ? typed : { ...typed, enum: texts };
  const fewest = isHinted ? 1 : 2;
  return texts.length >= fewest && texts.length <= 10 ? withHint(narrowed, `Allowed: ${texts.join(', ')}`) : narrowed;
}

const typeNames = (type: JsonValue | undefined): readonly string[] =>
  (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');

function narrowType(
  node: JsonObject,
  { nulls }: SchemaRules,
): { readonly node: JsonObject; readonly isNullable: boolean } {
  const { type } = node;
  if (type === undefined || typeof type === 'string') return { node, isNullable: false };
  const named = typeNames(type);
  const types = named.filter((name) => name !== 'null');
  const [first] = types;
  const { type: _type, ...rest } = node;
  const single = first === undefined ? rest : { ...rest, type: first };
  const hinted = types.length > 1 ? withHint(single, `Accepts: ${types.join(' | ')}`) : single;
  if (named.length === types.length) return { node: hinted, isNullable: false };
  if (nulls === 'member') return { node: { ...hinted, nullable: true }, isNullable: false };
  return { node: withMark(hinted, 'nullable'), isNullable: true };
}

function dropKeywords(node: JsonObject, { hinted, dropped, known, not, closed }: SchemaRules): JsonObject {
  const isDropped = ([key, value]: readonly [string, JsonValue | undefined]): boolean => {
    if (dropped.has(key) || hinted.has(key) || key.startsWith('x-') || known?.has(key) === false) return true;
    if (key === 'additionalProperties') return !isObject(value) && !(closed === 'kept' && value === false);
    return key === 'not' ? not === 'hinted' : key === 'description' && typeof value !== 'string';
  };
  let cleaned: JsonObject = Object.fromEntries(Object.entries(node).filter((entry) => !isDropped(entry)));
  if (node['additionalProperties'] === false && closed === 'hinted') {
    cleaned = withHint(cleaned, 'No extra properties allowed');
  }
  if (isObject(node['not']) && not === 'hinted') cleaned = withHint(cleaned, `not: ${JSON.stringify(node['not'])}`);
  for (const key of hinted) {
    const value = node[key];
    if (isScalar(value)) cleaned = withHint(cleaned, `${key}: ${value}`);
  }
  return cleaned;
}

function settleRequired(node: JsonObject, { required, nullable }: Children): JsonObject {
  const { required: listed, ...rest } = node;
  const { properties } = rest;
  if (!isObject(properties)) return rest;
  const names = [...(Array.isArray(listed) ? listed : []), ...required].filter(
    (name) => typeof name === 'string' && Object.hasOwn(properties, name) && !nullable.has(name),
  );
  return names.length === 0 ? rest : { ...rest, required: [...new Set(names)] };
}
