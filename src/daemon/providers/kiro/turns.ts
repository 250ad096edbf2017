import type { JsonObject } from '../../ir/json.js';
import { ANY_EDITOR } from './fields.js';
import { limitImages } from './images.js';

export interface UserTurn {
  readonly role: 'user';
  readonly texts: string[];
  images: JsonObject[];
  readonly results: JsonObject[];
}

export interface AssistantTurn {
  readonly role: 'assistant';
  readonly texts: string[];
  readonly uses: JsonObject[];
}

export type Turn = UserTurn | AssistantTurn;

export const userTurn = (): UserTurn => ({ role: 'user', texts: [], images: [], results: [] });
export const assistantTurn = (): AssistantTurn => ({ role: 'assistant', texts: [], uses: [] });

// What stands where a turn says nothing. Human phrases in the model's own turns would be imitated.
const RESULTS_ONLY = 'Tool results are attached.';
const IMAGES_ONLY = 'An image is attached.';
const NOTHING_SAID = '(nothing)';
const CONTINUE = 'Continue.';
const ASSISTANT_FILLER = '.';

/** The last user turn, and what came before: alternating, from a user to the assistant. */
export interface Conversation {
  readonly history: readonly Turn[];
  readonly current: UserTurn;
  /** Older images had to go. */
  readonly isImageDropped: boolean;
}

/**
 * Closes a list of alternating turns by Kiro's rules: a user begins and ends it. An answer that the client began stays as
 * the model's own, and the user asks to go on.
 */
export function closeTurns(turns: readonly Turn[]): Conversation {
  const closed = turns[0]?.role === 'assistant' ? [userTurn(), ...turns] : [...turns];
  const last = closed.at(-1);
  const isPrefill = last?.role === 'assistant';
  if (isPrefill || last === undefined) closed.push(userTurn());
  const isImageDropped = limitImages(closed.filter((turn) => turn.role === 'user'));
  const current = closed.pop();
  if (current?.role !== 'user') throw new Error('a conversation ends with a user turn');
  if (isPrefill) current.texts.push(CONTINUE);
  return { history: closed, current, isImageDropped };
}

export function printTurn(turn: Turn, modelId: string): JsonObject {
  return turn.role === 'user'
    ? { userInputMessage: printUser(turn, modelId, []) }
    : { assistantResponseMessage: printAssistant(turn) };
}

/** `tools` belong to the current message only. */
export function printUser(
  { texts, images, results }: UserTurn,
  modelId: string,
  tools: readonly JsonObject[],
): JsonObject {
  const context = {
    ...(tools.length === 0 ? {} : { tools }),
    ...(results.length === 0 ? {} : { toolResults: results }),
  };
  const filler = results.length > 0 ? RESULTS_ONLY : images.length > 0 ? IMAGES_ONLY : NOTHING_SAID;
  return {
    content: contentOf(texts, filler),
    modelId,
    origin: ANY_EDITOR,
    ...(images.length === 0 ? {} : { images }),
    ...(Object.keys(context).length === 0 ? {} : { userInputMessageContext: context }),
  };
}

const printAssistant = ({ texts, uses }: AssistantTurn): JsonObject => ({
  content: contentOf(texts, ASSISTANT_FILLER),
  ...(uses.length === 0 ? {} : { toolUses: uses }),
});

function contentOf(texts: readonly string[], filler: string): string {
  const text = texts.filter((each) => each.trim() !== '').join('\n');
  return text === '' ? filler : text;
}
