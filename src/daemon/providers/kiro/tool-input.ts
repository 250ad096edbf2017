import { isObject, type JsonObject, parseJson } from '../../ir/json.js';

/** The input of a call as an object; `undefined`: it was cut off, or is none. No input at all is an empty one. */
export function readToolInput(text: string): { readonly json: string; readonly value: JsonObject } | undefined {
  if (text.trim() === '') return { json: '{}', value: {} };
  const plain = parseJson(text);
  if (isObject(plain)) return { json: text, value: plain };
  const repaired = repair(text);
  const value = parseJson(repaired);
  return isObject(value) ? { json: repaired, value } : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** What loses nothing: bare line breaks and tabs within texts, and commas behind the last member. Never a missing end. */
function repair(text: string): string {
  let out = '';
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (isText && char === '\\') {
      out += char + (text[at + 1] ?? '');
      at += 1;
    } else if (char === '"') {
      isText = !isText;
      out += char;
    } else if (isText) out += ESCAPES[char] ?? char;
    else if (char !== ',' || !/^\s*[}\]]/.test(text.slice(at + 1))) out += char;
  }
  return out;
}

/** The free-form text of a wrapped call; a model that ignored the schema gets its JSON passed on as it is. */
export const unwrapInput = (input: { readonly json: string; readonly value: JsonObject }): string => {
  const text = input.value['input'];
  if (typeof text === 'string') return text;
  return Object.keys(input.value).length === 0 ? '' : input.json;
};
