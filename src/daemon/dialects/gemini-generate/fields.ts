import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Extensions } from '../../ir/request.js';
import { ID } from './wire.js';

/** The members of one wire object. Google accepts camelCase and snake_case; `null` counts as absent. */
export interface Fields {
  has(name: string): boolean;
  /** Takes a member out of the rest, whatever its type. */
  take(name: string): JsonValue | undefined;
  /** The typed readers throw RequestFault with the client's own spelling when the type is wrong. */
  string(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  object(name: string): JsonObject | undefined;
  /** Where a member stands, as the client spelled it. */
  path(name: string): string;
  /** Members nobody took, and which of the taken ones were in snake_case (`$snake`). */
  rest(): JsonObject;
}

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** @param path Of the object itself; empty for the body. */
export function readFields(source: JsonObject, path: string): Fields {
  const taken = new Set<string>();
  const snake: string[] = [];
  const isPresent = (key: string): boolean => Object.hasOwn(source, key) && (source[key] ?? undefined) !== undefined;
  const spell = (name: string): string => {
    const other = toSnakeCase(name);
    return !isPresent(name) && isPresent(other) ? other : name;
  };
  const pathOf = (name: string): string => (path === '' ? spell(name) : `${path}.${spell(name)}`);
  const take = (name: string): JsonValue | undefined => {
    const key = spell(name);
    if (!isPresent(key)) return undefined;
    taken.add(key);
    if (key !== name) snake.push(name);
    return source[key];
  };
  const typed = <T extends JsonValue>(name: string, is: (value: JsonValue) => value is T, kind: string) => {
    const value = take(name);
    if (value === undefined) return undefined;
    if (is(value)) return value;
    throw new RequestFault(`"${pathOf(name)}" must be ${kind}`, pathOf(name));
  };

  return {
    has: (name) => isPresent(spell(name)),
    take,
    string: (name) => typed(name, isString, 'a string'),
    number: (name) => typed(name, isNumber, 'a number'),
    boolean: (name) => typed(name, isBoolean, 'true or false'),
    object: (name) => typed(name, isObject, 'an object'),
    path: pathOf,
    rest() {
      const left = Object.entries(source).filter(([key]) => !taken.has(key));
      // A wire member may begin with `$` as our hints do; those are kept apart.
      const marked = left.filter(([key]) => key.startsWith('$'));
      return {
        ...Object.fromEntries(left.filter(([key]) => !key.startsWith('$'))),
        ...(snake.length === 0 ? {} : { $snake: snake }),
        ...(marked.length === 0 ? {} : { $marked: Object.fromEntries(marked) }),
      };
    },
  };
}

const isString = (value: JsonValue): value is string => typeof value === 'string';
const isNumber = (value: JsonValue): value is number => typeof value === 'number';
const isBoolean = (value: JsonValue): value is boolean => typeof value === 'boolean';

/** Puts the rest that `Fields.rest` left back around the members an encoder wrote. */
export function mergeRest(written: JsonObject, rest: JsonValue | undefined): JsonObject {
  if (!isObject(rest)) return written;
  const { $snake, $marked } = rest;
  const snake: readonly JsonValue[] = Array.isArray($snake) ? $snake : [];
  return Object.fromEntries([
    ...Object.entries(rest).filter(([key]) => !key.startsWith('$')),
    ...Object.entries(isObject($marked) ? $marked : {}),
    ...Object.entries(written)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [snake.includes(key) ? toSnakeCase(key) : key, value] as const),
  ]);
}

/** The `ext` member for a value, left out when there is nothing to remember. */
export function carry(fields: JsonObject): { readonly ext?: Extensions } {
  return Object.keys(fields).length === 0 ? {} : { ext: { [ID]: fields } };
}

/** A repeated field: Google takes a lone value for a list of one. */
export const asList = (value: JsonValue): readonly JsonValue[] => (Array.isArray(value) ? value : [value]);
