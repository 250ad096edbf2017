import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Message, Part } from '../../ir/request.js';
import { type CallIds, openCallIds } from './call-ids.js';
import { decodePart } from './decode-part.js';
import { asList, carry, readFields } from './fields.js';
import { decodeModelParts, joinSystemTexts, type WirePart } from './text-runs.js';

type BaseRole = 'user' | 'assistant';

/** One wire content: its parts, and what else it takes to write it again. */
interface Turn {
  readonly role: BaseRole;
  readonly wireRole: string | undefined;
  readonly parts: readonly WirePart[];
  readonly hints: JsonObject;
}

/**
 * Reads the turns of a conversation. A turn that mixes function responses with other parts becomes several messages;
 * turns of the model in a row, which Google's client leaves of a stream, become one.
 */
export function decodeContents(contents: readonly JsonValue[], path: string): Message[] {
  const ids = openCallIds();
  const messages: Message[] = [];
  let run: Turn[] = [];
  let previous: BaseRole | undefined;
  const flush = (): void => {
    if (run.length > 0) messages.push(...decodeRun(run, ids));
    run = [];
  };
  contents.forEach((content, index) => {
    const turn = readTurn(content, `${path}[${index}]`, previous);
    previous = turn.role;
    if (turn.role === 'user' || turn.parts.some(isResponse)) {
      flush();
      messages.push(...decodeTurn(turn, ids));
    } else {
      run.push(turn);
    }
  });
  flush();
  return messages;
}

function readTurn(content: JsonValue, path: string, previous: BaseRole | undefined): Turn {
  if (!isObject(content)) throw new RequestFault(`"${path}" must be an object`, path);
  const fields = readFields(content, path);
  const wireRole = fields.string('role');
  const partsPath = fields.path('parts');
  const given = fields.take('parts');
  const values = given === undefined ? [] : asList(given);
  return {
    role: roleOf(wireRole, previous),
    wireRole,
    parts: values.map((value, index) => ({ value, path: `${partsPath}[${index}]` })),
    hints: {
      ...fields.rest(),
      ...(given === undefined ? { $parts: 'none' } : Array.isArray(given) ? {} : { $parts: 'single' }),
    },
  };
}

function roleOf(wireRole: string | undefined, previous: BaseRole | undefined): BaseRole {
  switch (wireRole) {
    case 'model':
      return 'assistant';
    case 'user':
    case 'function':
    case 'tool':
    case 'system':
      return 'user';
    default:
      return previous === 'user' ? 'assistant' : 'user';
  }
}

const isResponse = ({ value }: WirePart): boolean =>
  isObject(value) && (value['functionResponse'] ?? value['function_response'] ?? undefined) !== undefined;

/** The role that a message has on the wire unless a hint says otherwise. */
export const wireRoleOf = (role: Message['role']): 'user' | 'model' => (role === 'assistant' ? 'model' : 'user');

const roleHint = (wireRole: string | undefined, role: Message['role']): JsonObject =>
  wireRole === wireRoleOf(role) ? {} : { $role: wireRole ?? null };

function decodeRun(run: readonly Turn[], ids: CallIds): readonly Message[] {
  const [only, ...others] = run;
  if (only !== undefined && others.length === 0) return decodeTurn(only, ids);
  const content = decodeModelParts(
    run.flatMap(({ parts }) => parts),
    decoderWith(ids),
  );
  const $contents = run.map(({ wireRole, parts, hints }) => ({
    ...hints,
    ...roleHint(wireRole, 'assistant'),
    $count: parts.length,
  }));
  return [{ role: 'assistant', content, ...carry({ $contents }) }];
}

const decoderWith =
  (ids: CallIds) =>
  ({ value, path }: WirePart): Part =>
    decodePart(value, path, ids);

function decodeTurn({ role, wireRole, parts, hints }: Turn, ids: CallIds): Message[] {
  const decode = decoderWith(ids);
  const content = role === 'assistant' ? decodeModelParts(parts, decode) : parts.map(decode);
  return groupByRole(content, role).map(([groupRole, group], index) => ({
    role: groupRole,
    content: group,
    ...carry(index === 0 ? { ...hints, ...roleHint(wireRole, groupRole) } : { $join: true }),
  }));
}

function groupByRole(parts: readonly Part[], role: BaseRole): readonly (readonly [Message['role'], Part[]])[] {
  const groups: (readonly [Message['role'], Part[]])[] = [];
  for (const part of parts) {
    const wanted = part.type === 'tool-result' ? 'tool' : role;
    const last = groups.at(-1);
    if (last?.[0] === wanted) last[1].push(part);
    else groups.push([wanted, [part]]);
  }
  return groups.length === 0 ? [[role, []]] : groups;
}

/** The system prompt as one message. */
export function decodeSystem(value: JsonObject, path: string): Message {
  const { wireRole, parts, hints } = readTurn(value, path, undefined);
  const content = joinSystemTexts(parts.map((part) => part.value)) ?? parts.map(decoderWith(openCallIds()));
  return { role: 'system', content, ...carry({ ...hints, ...(wireRole === undefined ? {} : { $role: wireRole }) }) };
}
