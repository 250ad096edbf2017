import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

const camel = (name: string): string => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** An object of the wire with its own members in camelCase; Google's clients write snake_case too. Values stay as they are. */
export const camelMembers = (object: JsonObject): JsonObject =>
  Object.keys(object).some((name) => name.includes('_'))
    ? Object.fromEntries(Object.entries(object).map(([name, value]) => [camel(name), value]))
    : object;

const MEDIA = ['inlineData', 'fileData'] as const;

/** A part likewise, with the description of its media. */
export function camelPart(part: JsonObject): JsonObject {
  const named = camelMembers(part);
  const kind = MEDIA.find((name) => isObject(named[name]));
  const media = kind === undefined ? undefined : named[kind];
  return kind === undefined || !isObject(media) ? named : { ...named, [kind]: camelMembers(media) };
}

/** A repeated field: Google takes a lone value for a list of one. */
const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

export const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] => listOf(value).filter(isObject);
