import type { JsonObject } from '../../ir/json.js';
import { type Opaque, sealOpaque } from '../../ir/opaque.js';
import type { MediaPart, Message, ModelRequest, Part, ToolResultPart } from '../../ir/request.js';
import { NO_RESULT, pairToolResults } from '../../ir/tool-turns.js';
import type { EncodeRequestContext } from '../dialect.js';
import { toArguments } from './arguments.js';
import { encodeMedia, type MediaContext } from './encode-media.js';
import { issuerOf } from './issuer.js';
import type { ToolNames } from './names.js';
import { bypassLostSignatures, closeTurns, type Turn } from './turns.js';
import { ID } from './wire.js';

export interface EncodedTurns {
  readonly contents: readonly JsonObject[];
  readonly systemInstruction?: JsonObject;
}

interface Scope extends MediaContext {
  readonly names: ToolNames;
  /** Pictures of a result stand within it. */
  readonly hasResultMedia: boolean;
  /** Whose signatures may go back. */
  readonly issuer: string;
  readonly warn: (reason: string) => void;
  /** Client's tool name by call id, filled on the way: some clients number their calls anew in each turn. */
  readonly nameOf: Map<string, string>;
}

export interface TurnContext extends EncodeRequestContext {
  readonly names: ToolNames;
  /** Said at the end of the system prompt. */
  readonly note: string | undefined;
}

/** Prints the conversation of another dialect by Google's turn rules. */
export function encodeTurns(request: ModelRequest, context: TurnContext): EncodedTurns {
  const { traits } = context.model;
  const scope: Scope = {
    names: context.names,
    isVertex: traits.has('vertex'),
    hasResultMedia: traits.has('gemini-3') || traits.has('antigravity'),
    issuer: issuerOf(context.model),
    pathOf: (part) => findPath(request.messages, part),
    warn: onceEach((reason) => context.warn({ path: 'messages', reason })),
    nameOf: new Map(),
  };
  const { system, others } = splitSystem(request, scope);
  if (context.note !== undefined) system.push(context.note);
  const turns: Turn[] = [];
  for (const message of pairToolResults(others, { synthesize: true })) {
    addTurn(turns, message.role === 'assistant' ? 'model' : 'user', encodeMessage(message, scope));
  }
  if (traits.has('gemini-3') && scope.issuer === ID) bypassLostSignatures(turns);
  return closeTurns(turns, system, { hasSystemField: !traits.has('no-system-instruction'), warn: scope.warn });
}

function addTurn(turns: Turn[], role: Turn['role'], parts: readonly JsonObject[]): void {
  if (parts.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else turns.push({ role, parts: [...parts] });
}

interface Split {
  readonly system: string[];
  readonly others: readonly Message[];
}

/** Anthropic's system turns within the conversation speak at their place; all others are hoisted. */
function splitSystem(request: ModelRequest, scope: Scope): Split {
  const system: string[] = [];
  const others: Message[] = [];
  for (const message of request.messages) {
    if (message.role !== 'system') {
      others.push(message);
      continue;
    }
    const texts = message.content.flatMap((part) => (part.type === 'text' && part.text !== '' ? [part.text] : []));
    if (message.content.some((part) => part.type !== 'text')) scope.warn('only text can stand in the system prompt');
    if (request.dialect !== 'anthropic-messages' || others.length === 0) system.push(...texts);
    else if (texts.length > 0) {
      const text = `<system-reminder>\n${texts.join('\n')}\n</system-reminder>`;
      others.push({ role: 'user', content: [{ type: 'text', text }] });
    }
  }
  return { system, others };
}

function encodeMessage(message: Message, scope: Scope): readonly JsonObject[] {
  let signature: string | undefined;
  const parts: JsonObject[] = [];
  for (const part of message.content) {
    if (part.type === 'reasoning') {
      // Thinking in a user turn is not the model's own, and dropped as an injection.
      const own = message.role === 'assistant' ? ownSignature(part.opaque, scope) : undefined;
      if (own === undefined) scope.warn('thinking of another provider is left out');
      else if (scope.issuer !== ID) parts.push({ text: part.text, thought: true, thoughtSignature: own });
      else if (part.text !== '') parts.push({ text: part.text, thought: true });
      // Google signs the part that comes after its thoughts, all others the thoughts.
      if (scope.issuer === ID) signature = own ?? signature;
      continue;
    }
    const own = 'opaque' in part ? ownSignature(part.opaque, scope) : undefined;
    const printed = encodePart(part, scope);
    const [first, ...more] = printed;
    if (first === undefined) continue;
    const thoughtSignature = own ?? (part.type === 'tool-result' ? undefined : signature);
    signature = undefined;
    parts.push(thoughtSignature === undefined ? first : { ...first, thoughtSignature }, ...more);
  }
  // Google itself ends an answer with an empty text that carries the signature.
  if (signature !== undefined) parts.push({ text: '', thoughtSignature: signature });
  return parts;
}

/** The signature to send back, with its issuer's name where that is not Google: only one that the model's vendor issued. */
const ownSignature = (opaque: Opaque | undefined, { issuer }: Scope): string | undefined =>
  opaque?.origin === issuer ? sealOpaque(opaque, ID) : undefined;

function encodePart(part: Exclude<Part, { type: 'reasoning' }>, scope: Scope): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
      return part.text === '' && ownSignature(part.opaque, scope) === undefined ? [] : [{ text: part.text }];
    case 'media':
      return [encodeMedia(part, scope)];
    case 'tool-call': {
      scope.nameOf.set(part.id, part.name);
      const args = part.custom === true ? { input: part.input } : toArguments(part.input);
      return [{ functionCall: { ...callId(part.id, scope), name: scope.names.wire(part.name), args } }];
    }
    case 'tool-result':
      return encodeResult(part, scope);
    case 'search':
      scope.warn('a provider-run search of an earlier turn is left out');
      return [];
    case 'native':
      scope.warn(`a part that only ${part.dialect} has is left out`);
      return [];
  }
}

/** Vertex refuses ids that it did not give. */
const callId = (id: string, { isVertex }: Scope): JsonObject => (isVertex || id === '' ? {} : { id });

function encodeResult(part: ToolResultPart, scope: Scope): readonly JsonObject[] {
  const texts = part.content.flatMap((inner) => (inner.type === 'text' ? [inner.text] : []));
  const media = part.content.flatMap((inner) => (inner.type === 'media' ? [encodeMedia(inner, scope)] : []));
  if (part.content.length > texts.length + media.length) scope.warn('a tool result may hold only text and media');
  const text = texts.join('\n\n');
  const isMissing = part.isError === true && text === NO_RESULT;
  const functionResponse = {
    ...callId(part.callId, scope),
    name: scope.names.wire(scope.nameOf.get(part.callId) ?? part.callId),
    response: isMissing ? { result: '' } : part.isError === true ? { error: text } : { result: text },
  };
  if (media.length === 0) return [{ functionResponse }];
  if (scope.hasResultMedia) return [{ functionResponse: { ...functionResponse, parts: media } }];
  return [{ functionResponse }, ...media];
}

function onceEach(warn: (reason: string) => void): (reason: string) => void {
  const seen = new Set<string>();
  return (reason) => {
    if (!seen.has(reason)) warn(reason);
    seen.add(reason);
  };
}

/** Only asked for a fault, so that a path costs nothing otherwise. */
function findPath(messages: readonly Message[], wanted: MediaPart): string {
  const within = (parts: readonly Part[], path: string): string | undefined => {
    for (const [index, part] of parts.entries()) {
      const at = `${path}.content[${index}]`;
      if (part === wanted) return at;
      const inner = part.type === 'tool-result' ? within(part.content, at) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  for (const [index, message] of messages.entries()) {
    const path = within(message.content, `messages[${index}]`);
    if (path !== undefined) return path;
  }
  return 'messages';
}
