import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Turn } from './pair-responses.js';
import { objectsIn } from './wire-names.js';

/** The settings of a search, where the request is one and nothing else. */
export function searchIn(tools: JsonValue | undefined): JsonObject | undefined {
  const [only, ...others] = objectsIn(tools);
  const search = only?.['googleSearch'];
  const isAlone = others.length === 0 && only !== undefined && Object.keys(only).length === 1;
  return isAlone && isObject(search) && isObject(search['enhancedContent']) ? search : undefined;
}

/** A search for what the user said last; the service writes the answer from what it finds. */
export const searchRequest = (googleSearch: JsonObject, turns: readonly Turn[]): JsonObject => ({
  contents: [{ role: 'user', parts: [{ text: lastWords(turns) }] }],
  tools: [{ googleSearch }],
  generationConfig: { candidateCount: 1 },
});

function lastWords(turns: readonly Turn[]): string {
  const said = turns
    .filter(({ role }) => role === 'user')
    .map(({ parts }) =>
      parts.flatMap(({ text }) => (typeof text === 'string' && text !== '' ? [text] : [])).join('\n'),
    );
  return said.findLast((text) => text !== '') ?? '';
}
