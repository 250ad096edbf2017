import type { JsonObject } from '../../ir/json.js';
import { expiresAt, rfc3339 } from '../../login/token-fields.js';

const LIFE_MS = 60 * 60_000;

/** A token's members as the credential file has them; `expiresIn` in seconds, as Google has it. */
export function tokenMembers(accessToken: string, expiresIn: unknown, now: number): JsonObject {
  const end = expiresAt(expiresIn, now, LIFE_MS);
  return {
    access_token: accessToken,
    expires_in: Math.round((end - now) / 1000),
    timestamp: now,
    expired: rfc3339(end),
  };
}
