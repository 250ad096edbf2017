import { randomUUID } from 'node:crypto';
import type { WireBody } from '../../dialects/dialect.js';
import { familyOf, type ModelFamily } from '../../dialects/gemini-generate/issuer.js';
import { openToolNames, type ToolNames } from '../../dialects/gemini-generate/names.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { dropMember, spellingIn } from '../google-body.js';
import { shapeConfig } from './generation-config.js';
import type { Turn } from './pair-responses.js';
import type { Placeholders } from './placeholders.js';
import { searchIn, searchRequest } from './search-request.js';
import { firstWords, sessionIdOf } from './session-id.js';
import { shapeToolConfig, shapeTools } from './tools.js';
import { shapeTurns } from './turns.js';
import { camelMembers, objectsIn } from './wire-names.js';

export type RequestType = 'agent' | 'image_gen' | 'web_search';

/** What the answer's reader must know of the request. */
export interface Shaped {
  readonly type: RequestType;
  readonly family: ModelFamily;
  /** Names on the wire by the client's. */
  readonly names: ToolNames;
  readonly placeholders: ReadonlyMap<string, Placeholders>;
  /** The `request` member. */
  readonly bytes: Uint8Array;
}

export interface ShapeParts {
  readonly model: ModelInfo;
  /** Absent: the request is no part of a conversation. */
  readonly session: { readonly accountKey: string; readonly key: string | undefined } | undefined;
  readonly isWrapped: boolean;
  readonly withoutSignatures: boolean;
}

/** Members that are looked at here; the client may write them in snake_case. */
const MEMBERS = ['systemInstruction', 'toolConfig', 'generationConfig', 'sessionId'] as const;

/** Of the envelope, of the URL, or of the public API alone; settings of safety are refused. */
const NOT_SENT = ['model', 'stream', 'store', 'safetySettings', 'serviceTier'] as const;

/** Makes a Gemini body, relayed or translated, what the service takes. What need not change keeps its bytes. */
export function shapeRequest(body: WireBody, parts: ShapeParts): Shaped {
  const { model } = parts;
  const family = familyOf(model.id);
  const names = openToolNames();
  for (const name of MEMBERS) spellInCamelCase(body, name);
  for (const name of NOT_SENT) dropMember(body, name);
  const search = searchIn(body.get('tools'));
  // Declared tools come first, so that they keep their names when a history has others like them.
  const { tools, placeholders } = shapeTools(body.get('tools'), names, family);
  const toolConfig = shapeToolConfig(body.get('toolConfig'), names, family);
  const signing = { family, isWrapped: parts.isWrapped, withoutAny: parts.withoutSignatures };
  const turns = withNames(shapeTurns(body.get('contents'), signing), names);
  const shared = { family, names, placeholders };
  if (search !== undefined) {
    const request = searchRequest(search, turns);
    return { ...shared, type: 'web_search', bytes: Buffer.from(JSON.stringify(request)) };
  }
  put(
    body,
    'contents',
    turns.map(({ role, parts: list }) => ({ role, parts: list })),
  );
  put(body, 'tools', tools);
  put(body, 'toolConfig', toolConfig);
  put(body, 'systemInstruction', shapeSystem(body.get('systemInstruction')));
  const mayThink = !hasLostThinking(turns);
  put(body, 'generationConfig', shapeConfig(body.get('generationConfig'), { family, model, mayThink }));
  const type = model.id.includes('image') ? 'image_gen' : 'agent';
  const session = type === 'agent' ? parts.session : undefined;
  put(body, 'sessionId', session && sessionIdFor(body.get('sessionId'), turns, session));
  return { ...shared, type, bytes: body.bytes };
}

function spellInCamelCase(body: WireBody, name: string): void {
  const written = spellingIn(body, name);
  if (written === name) return;
  body.set(name, body.get(written));
  body.set(written, undefined);
}

/** A member that is not there need not be taken out. */
function put(body: WireBody, name: string, value: JsonValue | undefined): void {
  if (value !== undefined || body.get(name) !== undefined) body.set(name, value);
}

/** The client's own id wins; else what it calls the conversation, else how that began. */
function sessionIdFor(
  own: JsonValue | undefined,
  turns: readonly Turn[],
  { accountKey, key }: NonNullable<ShapeParts['session']>,
): string {
  if (typeof own === 'string' && own !== '') return own;
  return sessionIdOf(accountKey, key ?? firstWords(turns));
}

function shapeSystem(system: JsonValue | undefined): JsonObject | undefined {
  if (typeof system === 'string') return system === '' ? undefined : { role: 'user', parts: [{ text: system }] };
  if (!isObject(system)) return undefined;
  const { parts, ...rest } = camelMembers(system);
  const said = objectsIn(parts).filter(({ text }) => text !== '');
  return said.length === 0 ? undefined : { ...rest, role: 'user', parts: said };
}

/** Names of functions in the letters that the service takes. */
const withNames = (turns: readonly Turn[], names: ToolNames): readonly Turn[] =>
  turns.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) => {
      const member = ['functionCall', 'functionResponse'].find((name) => isObject(part[name]));
      const call = member === undefined ? undefined : part[member];
      if (member === undefined || !isObject(call) || typeof call['name'] !== 'string') return part;
      return { ...part, [member]: { ...call, name: names.wire(call['name']) } };
    }),
  }));

/** With thinking on, Claude wants its last turn with calls to begin with the thinking that led to them. */
function hasLostThinking(turns: readonly Turn[]): boolean {
  const last = turns.findLast(({ role }) => role === 'model')?.parts ?? [];
  return last.some(({ functionCall }) => functionCall !== undefined) && last[0]?.['thought'] !== true;
}

/** The name of one request, for the service's logs. */
export function requestIdOf(type: RequestType, now: number): string | undefined {
  switch (type) {
    case 'agent':
      return `agent-${randomUUID()}`;
    case 'image_gen':
      return `image_gen/${now}/${randomUUID()}/12`;
    case 'web_search':
      return undefined;
  }
}
