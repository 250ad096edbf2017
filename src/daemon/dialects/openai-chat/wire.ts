import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Extensions } from '../../ir/request.js';

export const OPENAI_CHAT = 'openai-chat';

/** Reads known members off a request object; whatever nobody asked for stays in `rest`, `null` included. */
export interface Fields {
  readonly path: string;
  readonly rest: Record<string, JsonValue | undefined>;
  string(key: string): string | undefined;
  number(key: string): number | undefined;
  boolean(key: string): boolean | undefined;
  object(key: string): JsonObject | undefined;
  array(key: string): readonly JsonValue[] | undefined;
  /** An array's items; an empty array stays in the rest, to be printed again. */
  list(key: string): readonly JsonValue[];
  /** Any value but `null`. */
  value(key: string): JsonValue | undefined;
  requiredString(key: string): string;
  requiredObject(key: string): JsonObject;
  at(key: string): string;
}

/** @throws RequestFault, from each reader, naming the member that has the wrong type. */
export function openFields(value: JsonValue | undefined, path: string): Fields {
  if (!isObject(value)) throw wrongType(path, 'an object');
  const rest: Record<string, JsonValue | undefined> = { ...value };
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);

  const take = <T extends JsonValue>(
    key: string,
    is: (candidate: JsonValue) => candidate is T,
    kind: string,
  ): T | undefined => {
    const member = rest[key];
    if (member === undefined || member === null) return undefined;
    if (!is(member)) throw wrongType(at(key), kind);
    delete rest[key];
    return member;
  };
  const required = <T>(key: string, member: T | undefined): T => {
    if (member === undefined)
      throw new RequestFault(`${at(key)} is missing`, at(key), { code: 'missing_required_parameter' });
    return member;
  };
  const fields: Fields = {
    path,
    rest,
    string: (key) => take(key, isString, 'a string'),
    number: (key) => take(key, isNumber, 'a number'),
    boolean: (key) => take(key, isBoolean, 'true or false'),
    object: (key) => take(key, isObject, 'an object'),
    array: (key) => take(key, isArray, 'an array'),
    list: (key) => (isEmptyArray(rest[key]) ? [] : (take(key, isArray, 'an array') ?? [])),
    value: (key) => take(key, isAny, 'a value'),
    requiredString: (key) => required(key, fields.string(key)),
    requiredObject: (key) => required(key, fields.object(key)),
    at,
  };
  return fields;
}

export const wrongType = (path: string, kind: string): RequestFault =>
  new RequestFault(`${path === '' ? 'the body' : path} must be ${kind}`, path, { code: 'invalid_type' });

const isString = (value: JsonValue): value is string => typeof value === 'string';
const isNumber = (value: JsonValue): value is number => typeof value === 'number';
const isBoolean = (value: JsonValue): value is boolean => typeof value === 'boolean';
const isEmptyArray = (value: JsonValue | undefined): boolean => isArray(value) && value.length === 0;
const isAny = (value: JsonValue): value is JsonValue => value !== null;

export const isArray = (value: unknown): value is readonly JsonValue[] => Array.isArray(value);

/** A non-empty string, or nothing: upstreams send `""` and `null` for what they do not say. */
export const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const objectOf = (value: JsonValue | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);

export const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (isArray(value) ? value : []);

/** What is left of an object, and hints about its shape, as `ext` of an IR value; nothing when there is neither. */
export function extensionOf(fields: JsonObject, hints: JsonObject = {}): { readonly ext?: Extensions } {
  const kept = { ...fields, ...hints };
  return Object.keys(kept).length === 0 ? {} : { ext: { [OPENAI_CHAT]: kept } };
}

/** Our own `ext`, hints (`$...`) apart from the fields that were on the wire. */
export function ownExtension(ext: Extensions | undefined): { readonly fields: JsonObject; readonly hints: JsonObject } {
  const fields: Record<string, JsonValue | undefined> = {};
  const hints: Record<string, JsonValue | undefined> = {};
  for (const [key, value] of Object.entries(ext?.[OPENAI_CHAT] ?? {}))
    (key.startsWith('$') ? hints : fields)[key] = value;
  return { fields, hints };
}

/** JSON equality; the order of keys does not count. */
export function isSameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((value, index) => isSameJson(value, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSameJson(a[key], b[key]))
  );
}
