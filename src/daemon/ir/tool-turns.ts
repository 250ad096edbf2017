import type { Message, Part, ToolCallPart, ToolResultPart } from './request.js';

/** What stands for a result that never came. */
export const NO_RESULT = '[no result]';

export interface PairingOptions {
  /** Invent `NO_RESULT` (an error) for each call that nobody answered; else such a call stays unanswered. */
  readonly synthesize: boolean;
  /** Order of the results of one assistant message: as it called (the default), or as they arrived. */
  readonly order?: 'calls' | 'received';
}

/** The answers to one assistant message, in the place right behind it. */
interface Turn {
  readonly calls: readonly ToolCallPart[];
  /** By call id; a Map keeps the first position when a later answer replaces the content. */
  readonly results: Map<string, ToolResultPart>;
}

type Slot = { readonly message: Message } | { readonly turn: Turn };

/**
 * Puts the results of each assistant message into one `tool` message directly behind it. What stood between a call and
 * its result moves behind the results; of two answers to one call the last content wins at the first one's position; a
 * result without a call becomes user text. A result belongs to the nearest earlier call with its id, because some
 * clients number their calls anew in each turn.
 */
export function pairToolResults(messages: readonly Message[], options: PairingOptions): Message[] {
  const slots: Slot[] = [];
  const turnOf = new Map<string, Turn>();

  for (const message of messages) {
    if (message.role === 'tool') {
      const rest = message.content.filter((part) => !takeResult(part, message, turnOf));
      if (rest.length > 0) slots.push({ message: { role: 'user', content: rest.flatMap(orphanText) } });
      continue;
    }
    slots.push({ message });
    const calls = message.role === 'assistant' ? message.content.filter(isCall) : [];
    if (calls.length === 0) continue;
    const turn: Turn = { calls, results: new Map() };
    slots.push({ turn });
    for (const { id } of calls) turnOf.set(id, turn);
  }

  return slots.flatMap((slot) => {
    if ('message' in slot) return [slot.message];
    const content = resultsOf(slot.turn, options);
    return content.length === 0 ? [] : [{ role: 'tool' as const, content }];
  });
}

const isCall = (part: Part): part is ToolCallPart => part.type === 'tool-call';

function takeResult(part: Part, message: Message, turnOf: ReadonlyMap<string, Turn>): boolean {
  if (part.type !== 'tool-result') return false;
  const turn = turnOf.get(part.callId);
  if (turn === undefined) return false;
  // A breakpoint behind the whole message is one behind its last result.
  const isLast = part === message.content.at(-1);
  const cache = part.cache ?? (isLast ? message.cache : undefined);
  turn.results.set(part.callId, cache === undefined ? part : { ...part, cache });
  return true;
}

function resultsOf({ calls, results }: Turn, { synthesize, order }: PairingOptions): ToolResultPart[] {
  const ids = [...new Set(calls.map(({ id }) => id))];
  const missing = ids.filter((id) => !results.has(id));
  const sorted = order === 'received' ? [...results.keys(), ...missing] : ids;
  return sorted.flatMap((id) => {
    const result = results.get(id);
    if (result !== undefined) return [result];
    const isCustom = calls.some((call) => call.id === id && call.custom === true);
    return synthesize ? [missingResult(id, isCustom)] : [];
  });
}

const missingResult = (callId: string, isCustom: boolean): ToolResultPart => ({
  type: 'tool-result',
  callId,
  isError: true,
  content: [{ type: 'text', text: NO_RESULT }],
  ...(isCustom ? { custom: true } : {}),
});

/** A result nobody asked for is still something the model should read; a call is never invented for it. */
function orphanText(part: Part): readonly Part[] {
  if (part.type !== 'tool-result') return [part];
  const texts = part.content.flatMap((inner) => (inner.type === 'text' ? [inner.text] : []));
  const others = part.content.filter((inner) => inner.type !== 'text');
  return [{ type: 'text', text: `Tool result (${part.callId}): ${texts.join('\n\n')}` }, ...others];
}
