import type { WireBody } from '../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../ir/json.js';

const inSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Google takes camelCase and snake_case: the one in which this body has the member. */
export const spellingIn = (body: WireBody, name: string): string =>
  body.get(name) === undefined && body.get(inSnake(name)) !== undefined ? inSnake(name) : name;

/** Takes a member out, in either spelling. */
export function dropMember(body: WireBody, name: string): void {
  const key = spellingIn(body, name);
  if (body.get(key) !== undefined) body.set(key, undefined);
}

/** The same object where it has none of these members, in either spelling. */
export function withoutMembers(object: JsonObject, names: readonly string[]): JsonObject {
  const all = names.flatMap((name) => [name, inSnake(name)]);
  if (!all.some((name) => name in object)) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => !all.includes(name)));
}

/** The same list where nothing in it changes; `undefined` takes an item out. */
export function mapChanged(
  list: readonly JsonValue[],
  change: (value: JsonValue) => JsonValue | undefined,
): readonly JsonValue[] {
  const changed = list.map(change);
  if (changed.every((value, at) => value === list[at])) return list;
  return changed.filter((value) => value !== undefined);
}

/** Changes the parts of the conversation; a turn that loses all of them goes too. */
export function editParts(body: WireBody, change: (part: JsonObject) => JsonObject | undefined): void {
  const contents = body.get('contents');
  if (!Array.isArray(contents)) return;
  const edited = mapChanged(contents, (turn) => {
    const parts = isObject(turn) ? turn['parts'] : undefined;
    if (!isObject(turn) || !Array.isArray(parts)) return turn;
    const kept = mapChanged(parts, (part) => (isObject(part) ? change(part) : part));
    if (kept === parts) return turn;
    return kept.length === 0 ? undefined : { ...turn, parts: kept };
  });
  if (edited !== contents) body.set('contents', edited);
}

/** The parts of a turn; Google takes a lone one for a list. */
export function partsOf({ parts }: JsonObject): readonly JsonValue[] {
  if (Array.isArray(parts)) return parts;
  return parts === undefined ? [] : [parts];
}
