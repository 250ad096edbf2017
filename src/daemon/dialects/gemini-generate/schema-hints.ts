import type { JsonObject, JsonValue } from '../../ir/json.js';

/**
 * Adds a rule that the schema language cannot say to the description, for the model to read. The same hint is never
 * added twice, so that cleaning a clean schema changes nothing.
 */
export function withHint(node: JsonObject, hint: string): JsonObject {
  const description = typeof node['description'] === 'string' ? node['description'] : '';
  if (description.includes(hint)) return node;
  return { ...node, description: description === '' ? hint : `${description} (${hint})` };
}

/** Like `withHint`, in brackets even where it stands alone. */
export function withMark(node: JsonObject, mark: string): JsonObject {
  const description = typeof node['description'] === 'string' ? node['description'] : '';
  if (description.includes(`(${mark})`)) return node;
  return { ...node, description: description === '' ? `(${mark})` : `${description} (${mark})` };
}

export const isScalar = (value: JsonValue | undefined): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
