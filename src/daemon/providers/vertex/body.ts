import type { Operation, WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** What counting refuses beside the contents. */
const NOT_COUNTED = ['tools', 'toolConfig', 'generationConfig', 'safetySettings', 'cachedContent'] as const;

/** Takes out of a generateContent body what the Gemini API has and Vertex refuses (gemini.md 3, 5.1, 8). */
export function shapeBody(body: WireBody, operation: Operation): void {
  if (operation === 'count-tokens') unwrapCount(body);
  for (const member of ['serviceTier', 'service_tier']) drop(body, member);
  dropCallIds(body);
  const config = body.get('toolConfig');
  if (isObject(config) && 'includeServerSideToolInvocations' in config) {
    const { includeServerSideToolInvocations: _included, ...rest } = config;
    body.set('toolConfig', Object.keys(rest).length === 0 ? undefined : rest);
  }
}

/** A whole request may stand inside, as the Gemini API takes it. */
function unwrapCount(body: WireBody): void {
  const whole = body.get('generateContentRequest');
  if (isObject(whole)) {
    body.set('generateContentRequest', undefined);
    for (const member of ['contents', 'systemInstruction']) {
      if (whole[member] !== undefined) body.set(member, whole[member]);
    }
  }
  for (const member of NOT_COUNTED) drop(body, member);
}

function drop(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}

/** Vertex knows no ids of calls: order and name pair a call with its result. */
function dropCallIds(body: WireBody): void {
  const contents = body.get('contents');
  if (!Array.isArray(contents)) return;
  const turns: readonly JsonValue[] = contents;
  const shaped = turns.map(withoutIds);
  if (shaped.some((turn, at) => turn !== turns[at])) body.set('contents', shaped);
}

function withoutIds(turn: JsonValue): JsonValue {
  const parts = isObject(turn) ? turn['parts'] : undefined;
  if (!isObject(turn) || !Array.isArray(parts)) return turn;
  const list: readonly JsonValue[] = parts;
  const shaped = list.map((part) => (isObject(part) ? withoutId(part) : part));
  return shaped.some((part, at) => part !== list[at]) ? { ...turn, parts: shaped } : turn;
}

/** Clients write both spellings. */
const CALLS = ['functionCall', 'functionResponse', 'function_call', 'function_response'] as const;

function withoutId(part: JsonObject): JsonObject {
  const member = CALLS.find((name) => isObject(part[name]));
  const call = member === undefined ? undefined : part[member];
  if (member === undefined || !isObject(call) || !('id' in call)) return part;
  const { id: _id, ...rest } = call;
  return { ...part, [member]: rest };
}

const TIERS: ReadonlySet<JsonValue | undefined> = new Set(['flex', 'priority']);

/** The Gemini API has a member for the tier, Vertex has headers; to be asked before the body is shaped. */
export function tierHeaders(body: WireBody): Record<string, string> {
  const given = body.get('serviceTier') ?? body.get('service_tier');
  const tier = typeof given === 'string' ? given.toLowerCase() : given;
  if (!TIERS.has(tier)) return {};
  return {
    'x-vertex-ai-llm-request-type': 'shared',
    'x-vertex-ai-llm-shared-request-type': String(tier),
  };
}
