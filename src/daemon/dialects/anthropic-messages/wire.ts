import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Carried, Extensions } from '../../ir/request.js';

export const ID = 'anthropic-messages';

const NOTHING: JsonObject = {};

/** What this dialect alone said about a value, hints (`$...`) included. */
export const ownExt = (value: { readonly ext?: Extensions }): JsonObject => value.ext?.[ID] ?? NOTHING;

/** The members to hang on an IR value; none when there is nothing to keep. */
export function extOf(fields: JsonObject): { readonly ext?: Extensions } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return kept.length === 0 ? {} : { ext: { [ID]: Object.fromEntries(kept) } };
}

/** Wire fields without the hints about the original shape. */
export const withoutHints = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !key.startsWith('$')));

/** A copy without the named members. */
export const omit = (fields: JsonObject, ...keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));

export const asString = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

export const asNumber = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

export const asArray = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

export const asObject = (value: JsonValue | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);

/** The objects of a list; nothing when it is no list. */
export const objectsOf = (value: JsonValue | undefined): readonly JsonObject[] => asArray(value).filter(isObject);

const HOUR_SECONDS = 3600;

/** A prompt-cache marker. Five minutes is the vendor's default, so only an hour is spelled out. */
export function cacheControl(cache: Carried['cache']): JsonObject | undefined {
  if (cache === undefined) return undefined;
  return (cache.ttlSeconds ?? 0) >= HOUR_SECONDS ? { type: 'ephemeral', ttl: '1h' } : { type: 'ephemeral' };
}

/** The block with a cache marker behind it, where one is wanted. */
export function withCache(block: JsonObject, cache: Carried['cache']): JsonObject {
  const marker = cacheControl(cache);
  return marker === undefined ? block : { ...block, cache_control: marker };
}
