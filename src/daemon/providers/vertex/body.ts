import type { Operation, WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { dropMember, editParts, spellingIn, withoutMembers } from '../google-body.js';
import type { Safety } from '../google-safety.js';

/** Of a whole request, what is no part of the prompt: it is not counted. */
const NOT_COUNTED = ['toolConfig', 'generationConfig', 'safetySettings', 'cachedContent', 'labels', 'model'] as const;
/** What the Gemini API has and Vertex refuses by name (gemini.md 3, 8; lists of @google/genai 2.32, seen 2026-11). */
const GEMINI_ONLY = ['serviceTier', 'store'] as const;

/** Takes out of a generateContent body what the Gemini API has and Vertex refuses. */
export function shapeBody(body: WireBody, operation: Operation, safety: Safety): void {
  if (operation === 'count-tokens') unwrapCount(body);
  else if (operation === 'generate' || operation === 'image' || operation === 'image-edit') safety.apply(body);
  for (const member of GEMINI_ONLY) dropMember(body, member);
  editParts(body, asVertexPart);
  const key = spellingIn(body, 'toolConfig');
  const config = body.get(key);
  if (!isObject(config)) return;
  const kept = withoutMembers(config, ['includeServerSideToolInvocations']);
  if (kept !== config) body.set(key, Object.keys(kept).length === 0 ? undefined : kept);
}

/** A whole request may stand inside, as the Gemini API takes it; here its members stand beside each other. */
function unwrapCount(body: WireBody): void {
  const key = spellingIn(body, 'generateContentRequest');
  const whole = body.get(key);
  if (isObject(whole)) {
    body.set(key, undefined);
    for (const [member, value] of Object.entries(whole)) body.set(member, value);
  }
  for (const member of NOT_COUNTED) dropMember(body, member);
}

/** Clients write both spellings. */
const CALLS = ['functionCall', 'functionResponse', 'function_call', 'function_response'] as const;
/** What Google's own tools did in an earlier turn is known to the Gemini API only. */
const SERVER_TOOLS = ['toolCall', 'toolResponse', 'tool_call', 'tool_response'] as const;

/** Vertex knows no ids of calls: order and name pair a call with its result. */
function asVertexPart(part: JsonObject): JsonObject | undefined {
  if (SERVER_TOOLS.some((name) => isObject(part[name]))) return undefined;
  const member = CALLS.find((name) => isObject(part[name]));
  const call = member === undefined ? undefined : part[member];
  if (member === undefined || !isObject(call) || !('id' in call)) return part;
  const { id: _id, ...rest } = call;
  return { ...part, [member]: rest };
}

const TIERS: ReadonlySet<JsonValue | undefined> = new Set(['flex', 'priority']);

/** The Gemini API has a member for the tier, Vertex has headers; to be asked before the body is shaped. */
export function tierHeaders(body: WireBody): Record<string, string> {
  const given = body.get(spellingIn(body, 'serviceTier'));
  const tier = typeof given === 'string' ? given.toLowerCase() : given;
  if (!TIERS.has(tier)) return {};
  return {
    'x-vertex-ai-llm-request-type': 'shared',
    'x-vertex-ai-llm-shared-request-type': String(tier),
  };
}
