import type { JsonObject } from '../ir/json.js';

/** As credential files have times: RFC 3339. */
export const rfc3339 = (epochMs: number): string => new Date(epochMs).toISOString();

/**
 * When an access token ends, by our own clock: the vendor's may differ, and `expires_in` is a length, not a time.
 * `fallbackMs` stands in for a missing or unusable value.
 */
export function expiresAt(expiresIn: unknown, now: number, fallbackMs: number): number {
  const seconds = typeof expiresIn === 'string' ? Number.parseFloat(expiresIn) : expiresIn;
  const usable = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  return now + (usable ? Math.min(seconds * 1000, MAX_LIFE_MS) : fallbackMs);
}

/** Ten years: beyond that a date no longer fits its type. */
const MAX_LIFE_MS = 10 * 365 * 24 * 60 * 60_000;

/** Without members that are `undefined`. */
export function definedFields(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A part of a file name out of foreign text: no separators, no control signs, of bounded length. */
export function fileNamePart(text: string): string {
  const safe = text
    .trim()
    .replace(/[\p{Cc}\p{Cf}\s/\\:*?"<>|]+/gu, '_')
    .replace(/^\.+/, '_');
  return [...safe].slice(0, 100).join('');
}
