import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { openOpaque } from '../../ir/opaque.js';
import type { Part, ReasoningPart, TextPart } from '../../ir/request.js';
import { carry } from './fields.js';
import { ID } from './wire.js';

export interface WirePart {
  readonly value: JsonValue;
  readonly path: string;
}

/**
 * Reads the parts of a turn of the model. What a stream brought in pieces stays in pieces in a client's history: plain
 * texts in a row are one text again, and thoughts come together with the signature that ends them.
 */
export function decodeModelParts(parts: readonly WirePart[], decode: (part: WirePart) => Part): Part[] {
  const decoded: Part[] = [];
  for (let at = 0; at < parts.length; ) {
    const run = runFrom(parts, at);
    const part = parts[at];
    if (run.length > 1) decoded.push(joinRun(run));
    else if (part !== undefined) decoded.push(decode(part));
    at += Math.max(1, run.length);
  }
  return decoded;
}

function runFrom(parts: readonly WirePart[], from: number): readonly JsonObject[] {
  const run: JsonObject[] = [];
  for (let at = from; ; at++) {
    const value = parts[at]?.value;
    if (!isPlainText(value) || value['thought'] !== (run[0] ?? value)['thought']) return run;
    run.push(value);
    if (value['thoughtSignature'] !== undefined) return run;
  }
}

const PLAIN: ReadonlySet<string> = new Set(['text', 'thought', 'thoughtSignature']);

function isPlainText(value: JsonValue | undefined): value is JsonObject {
  if (!isObject(value) || typeof value['text'] !== 'string') return false;
  const { thought, thoughtSignature } = value;
  return (
    (thought === true || !Object.hasOwn(value, 'thought')) &&
    (typeof thoughtSignature === 'string' || !Object.hasOwn(value, 'thoughtSignature')) &&
    Object.keys(value).every((key) => PLAIN.has(key))
  );
}

function joinRun(run: readonly JsonObject[]): TextPart | ReasoningPart {
  const texts = run.map(textOf);
  const signature = run.at(-1)?.['thoughtSignature'];
  return {
    type: run[0]?.['thought'] === true ? 'reasoning' : 'text',
    text: texts.join(''),
    ...(typeof signature === 'string' ? { opaque: openOpaque(signature, ID) } : {}),
    ...carry({ $lengths: texts.map((text) => text.length) }),
  };
}

const textOf = ({ text }: JsonObject): string => (typeof text === 'string' ? text : '');

/**
 * The texts of a system prompt as one, joined by line breaks, the empty ones left out; `undefined` when there is more
 * than plain text.
 */
export function joinSystemTexts(parts: readonly JsonValue[]): readonly TextPart[] | undefined {
  const texts = parts
    .filter(isPlainText)
    .filter((part) => Object.keys(part).length === 1)
    .map(textOf);
  if (texts.length !== parts.length) return undefined;
  if (texts.length === 0) return [];
  const text = texts.filter((piece) => piece !== '').join('\n');
  const hints = { $lengths: texts.map((piece) => piece.length), $gap: 1 };
  return [{ type: 'text', text, ...carry(texts.length === 1 ? {} : hints) }];
}
