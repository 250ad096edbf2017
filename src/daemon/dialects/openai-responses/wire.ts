import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Carried, Extensions } from '../../ir/request.js';

export const DIALECT = 'openai-responses';

/** What this dialect kept on a value: wire members without a common meaning, and `$` hints about the original shape. */
export const kept = (carried: { readonly ext?: Extensions }): JsonObject => carried.ext?.[DIALECT] ?? {};

/** Keeps members on a value; nothing when there are none. */
export function keep(members: JsonObject): { readonly ext?: Extensions } {
  for (const key in members) if (members[key] !== undefined) return { ext: { [DIALECT]: members } };
  return {};
}

/** The wire members among what was kept, without the hints. */
export function wireMembers(members: JsonObject): JsonObject {
  const wire: Record<string, JsonValue | undefined> = {};
  for (const [key, value] of Object.entries(members)) if (!key.startsWith('$')) wire[key] = value;
  return wire;
}

/** An object without its undefined members. */
export function compact(members: JsonObject): JsonObject {
  const out: Record<string, JsonValue | undefined> = {};
  for (const [key, value] of Object.entries(members)) if (value !== undefined) out[key] = value;
  return out;
}

/**
 * Reads an object member by member and remembers which were used, so that the rest can stay with the dialect. A `null`
 * counts as absent and stays in the rest.
 */
export interface Members {
  readonly path: string;
  at(key: string): string;
  string(key: string): string | undefined;
  number(key: string): number | undefined;
  boolean(key: string): boolean | undefined;
  object(key: string): JsonObject | undefined;
  array(key: string): readonly JsonValue[] | undefined;
  /** A string that must be there. */
  requiredString(key: string): string;
  /** Takes a member out of the rest. */
  use(key: string): JsonValue | undefined;
  /** An inner object, read in the same manner. */
  within(value: JsonValue | undefined, path: string): Members;
  rest(): JsonObject;
}

/**
 * @param onFault `throw` for a client's request, where a wrong type is the client's fault with its path; `ignore` for an
 * upstream's answer, which is read as far as it can be.
 */
export function openMembers(object: JsonObject, path: string, onFault: 'throw' | 'ignore'): Members {
  const used = new Set<string>();
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const wrong = (key: string, wanted: string): undefined => {
    if (onFault === 'throw') throw new RequestFault(`${at(key)} must be ${wanted}`, at(key));
  };
  const read = <T extends JsonValue>(
    key: string,
    wanted: string,
    is: (value: JsonValue) => value is T,
  ): T | undefined => {
    const value = object[key];
    if (value === undefined || value === null) return undefined;
    if (!is(value)) return wrong(key, wanted);
    used.add(key);
    return value;
  };
  const string = (key: string): string | undefined => read(key, 'a string', (value) => typeof value === 'string');
  return {
    path,
    at,
    string,
    number: (key) => read(key, 'a number', (value) => typeof value === 'number'),
    boolean: (key) => read(key, 'true or false', (value) => typeof value === 'boolean'),
    object: (key) => read(key, 'an object', (value): value is JsonObject => isObject(value)),
    array: (key) => read(key, 'an array', isArray),
    requiredString(key) {
      const value = string(key);
      if (value === undefined) wrong(key, 'a string');
      return value ?? '';
    },
    use(key) {
      used.add(key);
      return object[key];
    },
    within(value, path) {
      if (!isObject(value) && onFault === 'throw') throw new RequestFault(`${path} must be an object`, path);
      return openMembers(isObject(value) ? value : {}, path, onFault);
    },
    rest: () => Object.fromEntries(Object.entries(object).filter(([key]) => !used.has(key))),
  };
}

export const isArray = (value: unknown): value is readonly JsonValue[] => Array.isArray(value);

/** The cache mark of a value: our `cache_control` extension, or this dialect's own explicit breakpoint. */
export function cacheOf(object: JsonObject): Pick<Carried, 'cache'> {
  const control = object['cache_control'];
  if (isObject(control)) {
    const ttl = control['ttl'];
    return { cache: ttl === '1h' ? { ttlSeconds: 3600 } : ttl === '5m' ? { ttlSeconds: 300 } : {} };
  }
  return isObject(object['prompt_cache_breakpoint']) ? { cache: {} } : {};
}
