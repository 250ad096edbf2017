import type { EncodeRequestContext } from '../../dialects/dialect.js';
import { decodeBase64Text } from '../../ir/base64.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { MediaPart, Message, ModelRequest, Part, ReasoningPart, ToolResultPart } from '../../ir/request.js';
import { NO_RESULT, pairToolResults } from '../../ir/tool-turns.js';
import { type CallIds, openCallIds } from './call-ids.js';
import { encodeImage } from './images.js';
import type { ToolNames } from './tool-names.js';
import { type AssistantTurn, assistantTurn, type Turn, type UserTurn, userTurn } from './turns.js';

export interface TurnContext extends EncodeRequestContext {
  readonly names: ToolNames;
  /** Thinking of earlier turns goes back while thinking is on. */
  readonly keepsThinking: boolean;
}

export interface EncodedTurns {
  /** Strictly alternating. */
  readonly turns: readonly Turn[];
  /** Wire names of all tools that were called. */
  readonly usedNames: ReadonlySet<string>;
}

interface Scope extends TurnContext {
  readonly ids: CallIds;
  readonly usedNames: Set<string>;
}

/** The conversation in Kiro's turns: neighbours of one side are one turn, and every call has its result behind it. */
export function encodeTurns(request: ModelRequest, context: TurnContext): EncodedTurns {
  const scope: Scope = { ...context, ids: openCallIds(context.newId), usedNames: new Set() };
  const turns: Turn[] = [];
  const conversation = withWholeAnswers(request.messages.filter(({ role }) => role !== 'system'));
  for (const message of pairToolResults(conversation, { synthesize: true })) {
    const last = turns.at(-1);
    if (message.role === 'assistant') {
      const turn = last?.role === 'assistant' ? last : push(turns, assistantTurn());
      scope.ids.nextTurn();
      addAssistant(turn, message, scope);
    } else addUser(last?.role === 'user' ? last : push(turns, userTurn()), message, scope);
  }
  return { turns, usedNames: scope.usedNames };
}

/** Answers that follow each other are one, before results are looked for behind it: those of its first call come after all. */
function withWholeAnswers(messages: readonly Message[]): readonly Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last?.role === 'assistant' && message.role === 'assistant') {
      merged[merged.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else merged.push(message);
  }
  return merged;
}

function push<T extends Turn>(turns: Turn[], turn: T): T {
  turns.push(turn);
  return turn;
}

function addUser(turn: UserTurn, { content }: Message, scope: Scope): void {
  const texts: string[] = [];
  for (const part of content) {
    switch (part.type) {
      case 'text':
        texts.push(part.text);
        break;
      case 'media':
        addMedia(turn, part, texts);
        break;
      case 'tool-result':
        turn.results.push(encodeResult(turn, part, scope));
        break;
      default:
        scope.warn({ path: 'messages', reason: `a user turn cannot hold ${part.type} here` });
    }
  }
  turn.texts.push(...texts);
}

/** Texts that were attached as files are read as texts. */
function addMedia(turn: UserTurn, part: MediaPart, texts: string[]): void {
  const { mediaType = '', source, filename } = part;
  if (source.kind === 'base64' && mediaType.startsWith('text/')) {
    const text = decodeBase64Text(source.data);
    texts.push(filename === undefined ? text : `${filename}:\n${text}`);
  } else turn.images.push(encodeImage(part));
}

function encodeResult(turn: UserTurn, part: ToolResultPart, scope: Scope): JsonObject {
  const texts: string[] = [];
  let images = 0;
  for (const inner of part.content) {
    if (inner.type === 'text') texts.push(inner.text);
    else if (inner.type === 'media') {
      const before = turn.images.length;
      addMedia(turn, inner, texts);
      images += turn.images.length - before;
    } else scope.warn({ path: 'messages', reason: `a tool result cannot hold ${inner.type} here` });
  }
  if (images > 0) texts.push(images === 1 ? '[the result has an image, attached to this message]' : IMAGES_NOTE);
  const said = texts.filter((text) => text.trim() !== '').join('\n');
  const isMissing = part.isError === true && said === NO_RESULT;
  return {
    toolUseId: scope.ids.result(part.callId),
    status: part.isError === true ? 'error' : 'success',
    content: [{ text: isMissing ? INTERRUPTED : said === '' ? NO_OUTPUT : said }],
  };
}

const IMAGES_NOTE = '[the result has images, attached to this message]';
const INTERRUPTED = 'Tool use was interrupted: there is no result.';
const NO_OUTPUT = '(no output)';

function addAssistant(turn: AssistantTurn, { content }: Message, scope: Scope): void {
  const thinking: string[] = [];
  const texts: string[] = [];
  for (const part of content) {
    switch (part.type) {
      case 'text':
        texts.push(part.text);
        break;
      case 'reasoning':
        if (isOwn(part) && scope.keepsThinking) thinking.push(part.text);
        else if (!isOwn(part)) scope.warn({ path: 'messages', reason: 'thinking of another provider is left out' });
        break;
      case 'tool-call':
        addCall(turn, part, scope);
        break;
      case 'search':
        texts.push(searchNote(part));
        break;
      default:
        scope.warn({ path: 'messages', reason: `an assistant turn cannot hold ${part.type} here` });
    }
  }
  const thoughts = thinking.filter((text) => text.trim() !== '').join('\n');
  if (thoughts !== '') turn.texts.push(`<thinking>${thoughts}</thinking>\n`);
  turn.texts.push(...texts);
}

/** Kiro's thinking mostly has no signature; another vendor's always names its issuer. */
const isOwn = ({ opaque, redacted }: ReasoningPart): boolean =>
  redacted !== true && (opaque === undefined || opaque.origin === 'kiro');

function addCall(turn: AssistantTurn, part: Extract<Part, { type: 'tool-call' }>, scope: Scope): void {
  const id = scope.ids.call(part.id);
  if (id === undefined) {
    scope.warn({ path: 'messages', reason: `a turn has two calls with the id ${part.id}` });
    return;
  }
  const name = scope.names.wire(part.name);
  scope.usedNames.add(name);
  const parsed = part.custom === true ? { input: part.input } : parseJson(part.input.trim() || '{}');
  turn.uses.push({ toolUseId: id, name, input: isObject(parsed) ? parsed : {} });
}

function searchNote({ queries, results }: Extract<Part, { type: 'search' }>): string {
  const found = results.map(({ url, title }) => (title === undefined ? url : `${title}: ${url}`));
  return [`[searched the web for ${queries.join('; ')}]`, ...found].join('\n');
}
