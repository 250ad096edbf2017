import { isObject, type JsonObject, parseJson } from '../../ir/json.js';

/** A call's input as the object the vendor demands: repaired where it can be, else empty. */
export function parseToolInput(text: string): JsonObject {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  const parsed = parseJson(trimmed) ?? parseJson(repairJson(trimmed));
  return isObject(parsed) ? parsed : {};
}

/** Models write these: trailing commas, and single quotes around keys and strings. */
function repairJson(text: string): string {
  let out = '';
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === '\\') {
        const next = text[at + 1] ?? '';
        out += next === "'" ? "'" : char + next;
        at += 1;
      } else if (char === quote) {
        out += '"';
        quote = '';
      } else {
        out += char === '"' ? '\\"' : char;
      }
    } else if (char === '"' || char === "'") {
      quote = char;
      out += '"';
    } else if (char !== ',' || !/^\s*[}\]]/.test(text.slice(at + 1, at + 64))) {
      out += char;
    }
  }
  return out;
}

const WRAPPED_INPUT: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input of the tool, as free text.' } },
  required: ['input'],
};

/** The schema that stands for a tool with free-form input. */
export const wrappedSchema = (): JsonObject => WRAPPED_INPUT;

export const wrapInput = (text: string): JsonObject => ({ input: text });

/** The free-form text of a wrapped call; a model that ignored the schema gets its JSON passed on as it is. */
export function unwrapInput(json: string): string {
  const parsed = parseJson(json.trim() === '' ? '{}' : json);
  const input = isObject(parsed) ? parsed['input'] : undefined;
  if (typeof input === 'string') return input;
  return isObject(parsed) && Object.keys(parsed).length === 0 ? '' : json;
}
