import type { JsonObject, JsonValue } from '../../src/daemon/ir/json.js';

export const marker = { type: 'ephemeral' };
export const hour = { type: 'ephemeral', ttl: '1h' };
export const textBlock = (text: string, cache_control?: JsonObject): JsonObject => ({
  type: 'text',
  text,
  ...(cache_control === undefined ? {} : { cache_control }),
});
export const userTurn = (content: JsonValue): JsonObject => ({ role: 'user', content });
export const assistantTurn = (content: JsonValue): JsonObject => ({ role: 'assistant', content });

/** Where the markers are: the lifetime of each by its JSON path. */
export function markersOf(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key === 'cache_control'
        ? [[path, String((member as JsonObject)['ttl'] ?? '5m')]]
        : Object.entries(markersOf(member, path === '' ? key : `${path}.${key}`)),
    ),
  );
}
