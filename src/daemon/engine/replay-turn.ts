import type { Opaque } from '../ir/opaque.js';
import type { Message, Part, ReasoningPart, ToolCallPart } from '../ir/request.js';

/** What an answer held beside its words and calls: state that its issuer wants back with the same turn. */
export interface TurnState {
  /** Thinking with its state, and the call it stood before; absent: before the words. */
  readonly reasoning: readonly { readonly part: ReasoningPart; readonly beforeCall?: string }[];
  /** State on the calls themselves, by call id. */
  readonly calls: Readonly<Record<string, Opaque>>;
  /** State on the last words. */
  readonly text?: Opaque;
}

type Issued = { readonly opaque?: Opaque | undefined };
const isFrom = (issuer: string, { opaque }: Issued): boolean => opaque?.origin === issuer;

/** Reads the state of an answer; `undefined` when it has none. */
export function readTurnState(content: readonly Part[], issuer: string): TurnState | undefined {
  const reasoning: { part: ReasoningPart; beforeCall?: string }[] = [];
  const calls: Record<string, Opaque> = {};
  let text: Opaque | undefined;
  let waiting: { part: ReasoningPart; beforeCall?: string }[] = [];
  for (const part of content) {
    switch (part.type) {
      case 'reasoning':
        if (isFrom(issuer, part)) {
          const { text: words, redacted, opaque } = part;
          const kept: ReasoningPart = {
            type: 'reasoning',
            text: words,
            ...(redacted === undefined ? {} : { redacted }),
            ...(opaque === undefined ? {} : { opaque }),
          };
          const entry = { part: kept };
          reasoning.push(entry);
          waiting.push(entry);
        }
        break;
      case 'tool-call':
        for (const entry of waiting) entry.beforeCall = part.id;
        waiting = [];
        if (part.opaque !== undefined && isFrom(issuer, part)) calls[part.id] = part.opaque;
        break;
      case 'text':
        if (part.text !== '') waiting = [];
        if (part.opaque !== undefined && isFrom(issuer, part)) text = part.opaque;
        break;
      default:
        break;
    }
  }
  if (reasoning.length === 0 && Object.keys(calls).length === 0 && text === undefined) return undefined;
  return { reasoning, calls, ...(text === undefined ? {} : { text }) };
}

/** Roughly the memory that it takes. */
export function sizeOfState({ reasoning, calls, text }: TurnState): number {
  let size = text?.value.length ?? 0;
  for (const { part } of reasoning) size += part.text.length + (part.opaque?.value.length ?? 0);
  for (const { value } of Object.values(calls)) size += value.length;
  return size + 1;
}

/** The turn with its state back in place. What the client itself returned of the issuer's stays as it is. */
export function putTurnState(message: Message, state: TurnState, issuer: string): Message {
  const hasOwn = message.content.some((part) => part.type === 'reasoning' && isFrom(issuer, part));
  const words = hasOwn ? message.content : message.content.filter((part) => !isEcho(part));
  const calls = new Set(words.flatMap((part) => (part.type === 'tool-call' ? [part.id] : [])));
  const reasoning = hasOwn ? [] : state.reasoning;
  const content: Part[] = reasoning
    .filter(({ beforeCall }) => beforeCall === undefined || !calls.has(beforeCall))
    .map(({ part }) => part);
  const lastText = words.findLastIndex(({ type }) => type === 'text');
  words.forEach((part, at) => {
    if (part.type === 'tool-call') {
      content.push(...reasoning.filter(({ beforeCall }) => beforeCall === part.id).map((entry) => entry.part));
      content.push(withCallState(part, state, issuer));
    } else if (at === lastText && part.type === 'text' && state.text !== undefined && !isFrom(issuer, part)) {
      content.push({ ...part, opaque: state.text });
    } else {
      content.push(part);
    }
  });
  return { ...message, content };
}

/** Thinking that the client shows again in words only: the original, which stands in its place, has them too. */
const isEcho = (part: Part): boolean => part.type === 'reasoning' && part.opaque === undefined;

function withCallState(call: ToolCallPart, { calls }: TurnState, issuer: string): ToolCallPart {
  const opaque = Object.hasOwn(calls, call.id) ? calls[call.id] : undefined;
  return opaque === undefined || isFrom(issuer, call) ? call : { ...call, opaque };
}
