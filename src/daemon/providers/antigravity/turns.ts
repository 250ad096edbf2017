import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { pairResponses, type Turn } from './pair-responses.js';
import { type Signing, signTurn } from './signatures.js';
import { camelMembers, camelPart, objectsIn } from './wire-names.js';

/** A conversation by the service's rules, which are stricter than those of the public API (antigravity.md 4). */
export function shapeTurns(contents: JsonValue | undefined, signing: Signing): readonly Turn[] {
  const { family } = signing;
  const paired = pairResponses(merge(readTurns(contents)));
  const identified = family === 'google' ? paired : identifyCalls(paired);
  // What says nothing stands between no turns of the model: those are one before they are signed and put in order.
  const said = merge(
    identified.map((turn) =>
      turn.role === 'user' ? { ...turn, parts: turn.parts.map(unsigned).filter(isSaid) } : turn,
    ),
  );
  const turns = merge(
    said.map((turn) =>
      turn.role === 'user' ? turn : { ...turn, parts: inOrder(signTurn(turn.parts, signing).filter(isSaid)) },
    ),
  );
  const ended = merge(replacePrefill(turns));
  if (ended.length === 0) return [{ role: 'user', parts: [{ text: family === 'google' ? '' : '.' }] }];
  // Claude is refused an empty text, and needs none.
  return ended[0]?.role === 'model' && family === 'google'
    ? [{ role: 'user', parts: [{ text: '' }] }, ...ended]
    : ended;
}

/** A turn whose role says nothing is the other side's. */
function readTurns(contents: JsonValue | undefined): readonly Turn[] {
  const turns: Turn[] = [];
  for (const content of objectsIn(contents)) {
    const { role: written, parts: given } = camelMembers(content);
    const parts = objectsIn(given).map(camelPart);
    const isAnswers = parts.length > 0 && parts.every((part) => isObject(part['functionResponse']));
    const role = isAnswers ? 'user' : roleOf(written, turns.at(-1)?.role);
    turns.push({ role, parts: role === 'user' ? parts.filter(isUsers) : parts });
  }
  return turns;
}

/** Only the model thinks and calls: from anybody else it would be words put into its mouth. */
const isUsers = (part: JsonObject): boolean => part['thought'] !== true && part['functionCall'] === undefined;

function roleOf(role: JsonValue | undefined, before: Turn['role'] | undefined): Turn['role'] {
  switch (role) {
    case 'model':
    case 'assistant':
      return 'model';
    case 'user':
    case 'system':
    case 'function':
    case 'tool':
      return 'user';
    default:
      return before === 'user' ? 'model' : 'user';
  }
}

/** Turns of the same side in a row are one; those without parts are none. */
function merge(turns: readonly Turn[]): readonly Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    if (turn.parts.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === turn.role) merged[merged.length - 1] = { ...last, parts: [...last.parts, ...turn.parts] };
    else merged.push(turn);
  }
  return merged;
}

/** Only the model signs. */
function unsigned({ thoughtSignature: _signature, ...part }: JsonObject): JsonObject {
  return part;
}

/** An empty text may still carry a signature. */
const isSaid = (part: JsonObject): boolean =>
  Object.keys(part).length > 0 && (part['text'] !== '' || part['thoughtSignature'] !== undefined);

/** Thoughts, then words, then calls. */
function inOrder(parts: readonly JsonObject[]): readonly JsonObject[] {
  const rank = (part: JsonObject): number =>
    part['thought'] === true ? 0 : part['functionCall'] === undefined ? 1 : 2;
  return parts.toSorted((one, other) => rank(one) - rank(other));
}

/** No model here goes on from its own words: they become what the user asks for. */
function replacePrefill(turns: readonly Turn[]): readonly Turn[] {
  const last = turns.at(-1);
  if (last?.role !== 'model' || last.parts.some(({ functionCall }) => functionCall !== undefined)) return turns;
  const text = last.parts.map((part) => (part['thought'] === true ? '' : String(part['text'] ?? ''))).join('');
  const others = turns.slice(0, -1);
  return text === '' ? others : [...others, { role: 'user', parts: [{ text: `Continue from: ${text}` }] }];
}

/** Claude pairs calls and answers by ids, in letters, digits, `_` and `-`. Both stand in turns that follow each other. */
function identifyCalls(turns: readonly Turn[]): readonly Turn[] {
  const used = new Set<string>();
  const unique = (wanted: string): string => {
    let id = wanted;
    for (let count = 2; used.has(id); count++) id = `${wanted}_${count}`;
    used.add(id);
    return id;
  };
  let ids: readonly string[] = [];
  return turns.map(({ role, parts }) => {
    if (role === 'model')
      ids = parts
        .flatMap((part) => (isObject(part['functionCall']) ? [part['functionCall']] : []))
        .map(({ id }) => unique(cleanId(id)));
    let next = 0;
    const member = role === 'model' ? 'functionCall' : 'functionResponse';
    return {
      role,
      parts: parts.map((part) => {
        const value = part[member];
        return isObject(value) ? { ...part, [member]: { id: ids[next++], ...withoutId(value) } } : part;
      }),
    };
  });
}

const cleanId = (id: JsonValue | undefined): string =>
  typeof id === 'string' && id !== '' ? id.replace(/[^\w-]/g, '_') : 'call';

function withoutId({ id: _id, ...rest }: JsonObject): JsonObject {
  return rest;
}
