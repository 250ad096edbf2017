import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { argumentsOf } from './answer-parts.js';
import { listOf, objectOf, textOf } from './wire.js';

export interface WholeChoices {
  /** One choice of a chunk, by its index. */
  add(index: number, choice: JsonObject): void;
  /** What came together, as choices of a whole answer. */
  choices(): readonly JsonObject[];
}

type Growing = Record<string, JsonValue | undefined>;

/** Folds the deltas of all answers but the first into whole messages: only the first one can be streamed on. */
export function openWholeChoices(): WholeChoices {
  const messages = new Map<number, Growing>();
  const finishes = new Map<number, string>();
  return {
    add(index, choice) {
      const message = messages.get(index) ?? { role: 'assistant' };
      messages.set(index, message);
      const delta = objectOf(choice['delta']) ?? objectOf(choice['message']);
      if (delta !== undefined) grow(message, delta);
      const finish = textOf(choice['finish_reason']);
      if (finish !== undefined) finishes.set(index, finish);
    },
    choices: () =>
      [...messages]
        .sort(([a], [b]) => a - b)
        .map(([index, message]) => ({ index, message, finish_reason: finishes.get(index) ?? 'stop' })),
  };
}

function grow(message: Growing, delta: JsonObject): void {
  for (const [key, value] of Object.entries(delta)) {
    const before = message[key];
    if (value === null || value === undefined || key === 'role') continue;
    if (key === 'tool_calls') message[key] = growCalls(listOf(before), listOf(value));
    else if (typeof value === 'string' && typeof before === 'string') message[key] = before + value;
    else message[key] = value;
  }
}

function growCalls(before: readonly JsonValue[], deltas: readonly JsonValue[]): JsonValue[] {
  const calls = [...before];
  for (const delta of deltas) {
    if (!isObject(delta)) continue;
    const at = typeof delta['index'] === 'number' ? delta['index'] : Math.max(0, calls.length - 1);
    const known = objectOf(calls[at]);
    if (known === undefined) {
      calls[at] = delta;
      continue;
    }
    const inner = objectOf(known['function']) ?? {};
    const more = objectOf(delta['function']) ?? {};
    const text = argumentsOf(inner['arguments']) + argumentsOf(more['arguments']);
    const name = textOf(inner['name']) ?? textOf(more['name']) ?? '';
    calls[at] = { ...delta, ...known, function: { ...more, ...inner, name, arguments: text } };
  }
  return calls.map((call) => call ?? {});
}
