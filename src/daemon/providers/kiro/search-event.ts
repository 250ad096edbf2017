import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { SearchPart } from '../../ir/request.js';
import { ID } from './wire.js';

/** Our own event, within Kiro's stream: a search that was run between two of its rounds. */
export const SEARCH_EVENT = 'cliproxyctlSearchEvent';

export interface SearchResult {
  readonly url: string;
  readonly title?: string;
  readonly snippet?: string;
}

export const printSearchEvent = (id: string, query: string, results: readonly SearchResult[]): JsonObject => ({
  id,
  query,
  results: results.map((result) => ({ ...result })),
});

export function readSearchEvent({ id, query, results }: JsonObject): SearchPart {
  const items: readonly JsonValue[] = Array.isArray(results) ? results : [];
  return {
    type: 'search',
    id: typeof id === 'string' ? id : '',
    queries: typeof query === 'string' ? [query] : [],
    results: items.flatMap((item) => {
      if (!isObject(item) || typeof item['url'] !== 'string') return [];
      const { url, title, snippet } = item;
      return [
        {
          url,
          ...(typeof title === 'string' ? { title } : {}),
          ...(typeof snippet === 'string' ? { opaque: { origin: ID, value: snippet } } : {}),
        },
      ];
    }),
  };
}
