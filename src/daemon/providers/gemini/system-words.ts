import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonValue } from '../../ir/json.js';
import { partsOf, spellingIn } from '../google-body.js';

/** Gemma answers 400 to a system instruction: its text goes before the first words of the user (gemini.md 3). */
export function sayInWords(body: WireBody): void {
  const key = spellingIn(body, 'systemInstruction');
  const instruction = body.get(key);
  if (instruction === undefined) return;
  body.set(key, undefined);
  const said = textOf(instruction);
  const contents = body.get('contents');
  if (said === '' || !Array.isArray(contents)) return;
  const turns: readonly JsonValue[] = contents;
  // A turn without a role is the user's.
  const at = turns.findIndex((turn) => isObject(turn) && (turn['role'] ?? 'user') === 'user');
  const turn = turns[at];
  if (!isObject(turn)) return body.set('contents', [{ role: 'user', parts: [{ text: said }] }, ...turns]);
  const [first, ...others] = partsOf(turn);
  const isText = isObject(first) && typeof first['text'] === 'string';
  const parts = isText
    ? [{ ...first, text: `${said}\n\n${first['text']}` }, ...others]
    : [{ text: said }, ...partsOf(turn)];
  body.set('contents', turns.with(at, { ...turn, parts }));
}

function textOf(instruction: JsonValue): string {
  if (typeof instruction === 'string') return instruction;
  if (!isObject(instruction)) return '';
  const texts = partsOf(instruction).map((part) => (isObject(part) ? part['text'] : undefined));
  return texts.filter((text) => typeof text === 'string' && text !== '').join('\n');
}
