import type { WireBody } from '../dialects/dialect.js';
import type { JsonObject, JsonValue } from '../ir/json.js';
import { locate, type Place, targets, valueAt, withoutPlace, withValue } from './locate.js';
import type { Step } from './step.js';

/**
 * The part of a body that a path can touch: a path that begins with a name concerns one member, and the others of a
 * relayed body stay unparsed bytes.
 */
function scopeOf(body: WireBody, [first]: readonly Step[]): JsonObject {
  if (first?.kind !== 'key') return body.toJSON();
  const value = body.get(first.key);
  return value === undefined ? {} : { [first.key]: value };
}

/** The values that stand at a path. */
export function valuesAt(body: WireBody, path: readonly Step[]): readonly JsonValue[] {
  const scope = scopeOf(body, path);
  return locate(scope, path).flatMap((place) => {
    const value = valueAt(scope, place);
    return value === undefined ? [] : [value];
  });
}

export const targetsOf = (body: WireBody, path: readonly Step[]): readonly Place[] =>
  targets(scopeOf(body, path), path);

export const placesOf = (body: WireBody, path: readonly Step[]): readonly Place[] => locate(scopeOf(body, path), path);

export const valueIn = (body: Pick<WireBody, 'get'>, [member, ...rest]: Place): JsonValue | undefined =>
  typeof member === 'string' ? valueAt(body.get(member), rest) : undefined;

export function setPlace(body: WireBody, [member, ...rest]: Place, value: JsonValue): void {
  if (typeof member === 'string') body.set(member, withValue(body.get(member), rest, value));
}

export function removePlace(body: WireBody, [member, ...rest]: Place): void {
  if (typeof member !== 'string') return;
  const value = body.get(member);
  if (value === undefined) return;
  body.set(member, rest.length === 0 ? undefined : withoutPlace(value, rest));
}
