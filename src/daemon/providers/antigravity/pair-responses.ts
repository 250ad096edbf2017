import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

export interface Turn {
  readonly role: 'user' | 'model';
  readonly parts: readonly JsonObject[];
}
interface Call {
  readonly name: string;
  readonly id: string | undefined;
  /** Absent: nobody has answered it yet. */
  response?: JsonObject;
}

/**
 * Puts the answer of every call into the user's turn behind it, in the order of the calls, once each. Answers that belong
 * to no call become text; calls that have none get an empty one.
 */
export function pairResponses(turns: readonly Turn[]): readonly Turn[] {
  const calls = new Map<Turn, readonly Call[]>();
  const asked: Call[] = [];
  const rest = new Map<Turn, readonly JsonObject[]>();
  for (const turn of turns) {
    const own = turn.role === 'model' ? turn.parts.flatMap(callIn) : [];
    calls.set(turn, own);
    asked.push(...own);
    rest.set(
      turn,
      turn.parts.flatMap((part) => takeResponse(part, asked)),
    );
  }
  return turns.flatMap((turn) => {
    const own = calls.get(turn) ?? [];
    const left: Turn = { role: turn.role, parts: rest.get(turn) ?? [] };
    return own.length === 0 ? [left] : [left, { role: 'user', parts: own.map(printResponse) }];
  });
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function callIn({ functionCall }: JsonObject): readonly Call[] {
  if (!isObject(functionCall)) return [];
  return [{ name: textOf(functionCall['name']) ?? '', id: textOf(functionCall['id']) }];
}

/** Nothing where it is an answer, which is kept with its call. */
function takeResponse(part: JsonObject, asked: readonly Call[]): readonly JsonObject[] {
  const { functionResponse } = part;
  if (!isObject(functionResponse)) return [part];
  const call = callOf(functionResponse, asked);
  if (call === undefined) return [orphan(functionResponse)];
  // Of several answers the last one counts.
  call.response = functionResponse;
  return [];
}

/** By its id; where that says nothing, the first call of its name, or of any, that is still open. */
function callOf(response: JsonObject, asked: readonly Call[]): Call | undefined {
  const id = textOf(response['id']);
  const name = nameIn(response);
  const byId = id === undefined ? undefined : asked.findLast((call) => call.id === id);
  if (byId !== undefined) return byId;
  const open = asked.filter((call) => call.response === undefined);
  // Gemini CLI numbers the answers of calls that have no id.
  const candidates = id === undefined ? open : open.filter((call) => call.id === undefined);
  return name === undefined ? candidates[0] : candidates.find((call) => call.name === name);
}

/** Some clients write `unknown` for a name they have forgotten. */
function nameIn(response: JsonObject): string | undefined {
  const name = textOf(response['name']);
  return name === 'unknown' ? undefined : name;
}

function orphan(response: JsonObject): JsonObject {
  const which = textOf(response['id']) ?? nameIn(response) ?? 'unknown';
  const { result } = isObject(response['response']) ? response['response'] : {};
  const said = typeof result === 'string' ? result : JSON.stringify(response['response'] ?? '');
  return { text: `Tool result (${which}): ${said}` };
}

/** The names of a pair must be the same, whatever a client calls the answer. */
function printResponse({ name, id, response }: Call): JsonObject {
  const { id: _id, ...given }: JsonObject = response ?? { response: { result: '' } };
  return { functionResponse: { ...(id === undefined ? {} : { id }), ...given, name } };
}
