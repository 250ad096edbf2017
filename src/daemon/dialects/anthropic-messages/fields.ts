import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Carried } from '../../ir/request.js';

/**
 * Reads the members of one wire object. A member that was read is taken; what nobody read stays in `rest`. `null` counts
 * as absent, and stays there too.
 */
export interface Fields {
  readonly path: string;
  /** The JSON path of a member. */
  at(key: string): string;
  string(key: string): string | undefined;
  /** Throws `RequestFault` when it is missing. */
  requiredString(key: string): string;
  number(key: string): number | undefined;
  boolean(key: string): boolean | undefined;
  object(key: string): JsonObject | undefined;
  array(key: string): readonly JsonValue[] | undefined;
  /** Looks without taking. */
  peek(key: string): JsonValue | undefined;
  take(key: string): JsonValue | undefined;
  rest(): JsonObject;
}

/** Throws `RequestFault` when the value is not an object, and later when a member has the wrong type. */
export function openFields(value: JsonValue | undefined, path: string): Fields {
  if (!isObject(value)) throw new RequestFault(`${path || 'the body'} must be an object`, path || undefined);
  const taken = new Set<string>();
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);

  const read = <T extends JsonValue>(key: string, is: (member: JsonValue) => member is T, kind: string) => {
    const member = value[key];
    if (member === undefined || member === null) return undefined;
    if (!is(member)) throw new RequestFault(`${at(key)} must be ${kind}`, at(key));
    taken.add(key);
    return member;
  };

  return {
    path,
    at,
    string: (key) => read(key, isString, 'a string'),
    requiredString(key) {
      const member = read(key, isString, 'a string');
      if (member === undefined) throw new RequestFault(`${at(key)} is required`, at(key));
      return member;
    },
    number: (key) => read(key, isFiniteNumber, 'a number'),
    boolean: (key) => read(key, isBoolean, 'a boolean'),
    object: (key) => read(key, isObject, 'an object'),
    array: (key) => read(key, isArray, 'an array'),
    peek: (key) => value[key],
    take(key) {
      taken.add(key);
      return value[key];
    },
    rest: () => Object.fromEntries(Object.entries(value).filter(([key]) => !taken.has(key))),
  };
}

const isString = (value: JsonValue): value is string => typeof value === 'string';
const isFiniteNumber = (value: JsonValue): value is number => typeof value === 'number';
const isBoolean = (value: JsonValue): value is boolean => typeof value === 'boolean';
const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

const TTL_SECONDS: Readonly<Record<string, number>> = { '5m': 300, '1h': 3600 };

/** Takes `cache_control`; a marker we cannot print again exactly is kept as the hint `$cache`. */
export function takeCache(fields: Fields): { readonly carried: Carried; readonly hints: JsonObject } {
  const marker = fields.peek('cache_control');
  if (!isObject(marker) || marker['type'] !== 'ephemeral') return { carried: {}, hints: {} };
  fields.take('cache_control');
  const { type: _type, ttl, ...more } = marker;
  const ttlSeconds = typeof ttl === 'string' && Object.hasOwn(TTL_SECONDS, ttl) ? TTL_SECONDS[ttl] : undefined;
  // Without a ttl it means five minutes, but the spelling must come back as it was.
  const isPlain = Object.keys(more).length === 0 && (ttl === undefined || ttl === '1h');
  return {
    carried: { cache: ttlSeconds === undefined ? {} : { ttlSeconds } },
    hints: isPlain ? {} : { $cache: marker },
  };
}
