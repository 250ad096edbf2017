import { isObject, type JsonObject, type JsonValue } from '../ir/json.js';
import type { Step } from './step.js';

/** Names and numbers from the top to one place. */
export type Place = readonly (string | number)[];

interface Reached {
  readonly place: Place;
  readonly value: JsonValue | undefined;
  /** A pattern leads to what is there, never to something new. */
  readonly mustExist: boolean;
}

/** The places of a path that hold something. */
export const locate = (root: JsonValue, path: readonly Step[]): readonly Place[] =>
  reach(root, path).flatMap(({ place, value }) => (value === undefined ? [] : [place]));

/** The places that writing to a path means: what patterns and queries find, and for plain names what is not there yet. */
export const targets = (root: JsonValue, path: readonly Step[]): readonly Place[] =>
  reach(root, path).flatMap(({ place, value, mustExist }) => (mustExist && value === undefined ? [] : [place]));

function reach(root: JsonValue, path: readonly Step[]): readonly Reached[] {
  let reached: readonly Reached[] = [{ place: [], value: root, mustExist: false }];
  for (const step of path) reached = reached.flatMap((from) => follow(from, step));
  return reached;
}

function follow({ place, value, mustExist }: Reached, step: Step): readonly Reached[] {
  const at = (key: string | number, inner: JsonValue | undefined, isFound: boolean): Reached => ({
    place: [...place, key],
    value: inner,
    mustExist: isFound || mustExist,
  });
  switch (step.kind) {
    case 'key': {
      const key = keyFor(value, step);
      return key === undefined ? [] : [at(key, childOf(value, key), false)];
    }
    case 'wildcard': {
      const key = isObject(value) ? Object.keys(value).find((name) => step.pattern.test(name)) : undefined;
      return key === undefined ? [] : [at(key, childOf(value, key), true)];
    }
    case 'each':
      return itemsOf(value).map((item, index) => at(index, item, true));
    case 'query': {
      const found = itemsOf(value).flatMap((item, index) => (step.fits(item) ? [at(index, item, false)] : []));
      return step.isAll ? found : found.slice(0, 1);
    }
  }
}

/** In a list a number means an item; elsewhere, and where nothing is yet, `:7` is the name it looks like. */
function keyFor(value: JsonValue | undefined, { key, isName }: Extract<Step, { kind: 'key' }>) {
  const isNumber = !isName && /^(-1|\d{1,5})$/.test(key);
  if (Array.isArray(value)) {
    if (!isNumber) return undefined;
    return key === '-1' ? value.length : Number(key);
  }
  if (isObject(value) || !isNumber) return key;
  return key === '-1' ? 0 : Number(key);
}

const itemsOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

function childOf(value: JsonValue | undefined, key: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export const valueAt = (root: JsonValue | undefined, place: Place): JsonValue | undefined =>
  place.reduce<JsonValue | undefined>(childOf, root);

/** The same value with something else at one place; what leads there is made where it is missing. */
export function withValue(root: JsonValue | undefined, [key, ...rest]: Place, value: JsonValue): JsonValue {
  if (key === undefined) return value;
  const inner = withValue(childOf(root, key), rest, value);
  if (typeof key === 'string') return { ...(isObject(root) ? root : {}), [key]: inner };
  const items: JsonValue[] = Array.isArray(root) ? [...root] : [];
  while (items.length < key) items.push(null);
  items[key] = inner;
  return items;
}

/** The same value without that place. */
export function withoutPlace(root: JsonValue, [key, ...rest]: Place): JsonValue {
  if (key === undefined || childOf(root, key) === undefined) return root;
  const inner = childOf(root, key);
  if (rest.length > 0) return inner === undefined ? root : withValue(root, [key], withoutPlace(inner, rest));
  if (Array.isArray(root)) return root.filter((_, index) => index !== key);
  const object: JsonObject = isObject(root) ? root : {};
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
