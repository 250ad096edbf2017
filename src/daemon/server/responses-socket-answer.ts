import { decodeEventError } from '../dialects/openai-responses/errors.js';
import type { FailureFacts } from '../ir/error.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../ir/json.js';

/** What one response came to, as far as a later turn needs it. */
export interface Answered {
  readonly responseId: string;
  readonly output: readonly JsonValue[];
}

export interface AnswerParts {
  /** One event of the response, as JSON text. */
  readonly send: (text: string) => void;
  /** The stream says that it failed, in a form that has no status. */
  readonly sendFailure: (failure: FailureFacts, event: JsonObject) => void;
  /** Nothing happens, but something will. */
  readonly keepAlive: () => void;
}

export interface AnswerReader {
  /** Whole lines, each an event or nothing. */
  push(lines: string): void;
  /** Absent: the response did not complete. */
  answered(): Answered | undefined;
}

const TERMINAL: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.done']);

/** Passes the events of one response on, and remembers its output. */
export function openAnswerReader({ send, sendFailure, keepAlive }: AnswerParts): AnswerReader {
  const items: JsonValue[] = [];
  let answered: Answered | undefined;
  const read = (line: string): void => {
    const event = parseJson(line);
    // What a cut connection left of an event, and `[DONE]`.
    if (!isObject(event)) return;
    const { type, response, item } = event;
    if (type === 'error' && !isObject(event['error'])) return sendFailure(decodeEventError(event), event);
    if (type === 'response.output_item.done' && item !== undefined) items.push(item);
    if (TERMINAL.has(type) && isObject(response) && typeof response['id'] === 'string') {
      const { id, output } = response;
      // The ChatGPT backend leaves the list of the last event empty.
      answered = { responseId: id, output: Array.isArray(output) && output.length > 0 ? output : items };
    }
    send(line);
  };
  return {
    push(lines) {
      for (const line of lines.split('\n')) if (line !== '') read(line);
      if (lines === '\n') keepAlive();
    },
    answered: () => answered,
  };
}
