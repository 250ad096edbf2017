import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';

/** A call's input text as `args`: nothing is `{}`, a value that is no object is wrapped, what cannot be read is `{}`. */
export function toArguments(input: string): JsonObject {
  if (input.trim() === '') return {};
  const value = parseJson(input) ?? parseJson(repairJson(input));
  if (value === undefined) return {};
  return isObject(value) ? value : { value: value satisfies JsonValue };
}

const STRING_OR_TRAILING_COMMA = /("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g;
const STRINGS = /("(?:[^"\\]|\\.)*")|'((?:[^'\\]|\\.)*)'/g;

/** Mends what models get wrong most: single quotes around strings, and commas before a closing bracket. */
function repairJson(text: string): string {
  return text
    .replace(STRINGS, (_match, double: string | undefined, single: string | undefined) =>
      double === undefined ? JSON.stringify((single ?? '').replace(/\\'/g, "'")) : double,
    )
    .replace(STRING_OR_TRAILING_COMMA, (_match, string: string | undefined) => string ?? '');
}
