import { createHash } from 'node:crypto';
import type { JsonObject } from '../../ir/json.js';
import type { NewCredential } from '../../login/method.js';
import { definedFields, expiresAt, fileNamePart, rfc3339 } from '../../login/token-fields.js';
import { textOf } from '../../login/vendor-call.js';
import { claimsOf, instantOf } from '../account-fields.js';
import { readCodexClaims } from './claims.js';

/** For a token that says nothing of its end (codex.md 1.1). */
const ASSUMED_LIFE_MS = 60 * 60_000;

/**
 * When a token that has just been issued ends: as the answer says, else by the life that the token itself states. Its own
 * times are the vendor's clock, and ours may differ.
 */
export function codexExpiry(body: JsonObject, accessToken: string, now: number): string {
  const { exp, iat } = claimsOf(accessToken);
  const ends = instantOf(exp);
  const life = ends === undefined ? 0 : ends - (instantOf(iat) ?? now);
  return rfc3339(expiresAt(body['expires_in'], now, life > 0 ? life : ASSUMED_LIFE_MS));
}

/** When a token of unknown age ends. */
export const codexEnd = (accessToken: string, now: number): string =>
  rfc3339(instantOf(claimsOf(accessToken)['exp']) ?? now + ASSUMED_LIFE_MS);

/** `tokens`: members of the credential file. Who it is stands in the tokens. */
export function codexCredential(tokens: JsonObject): NewCredential {
  const { accountId, email, plan } = readCodexClaims(tokens);
  const fields = definedFields({ type: 'codex', id_token: '', ...tokens, account_id: accountId, email });
  const parts = [
    accountId === undefined ? undefined : createHash('sha256').update(accountId).digest('hex').slice(0, 8),
    email === undefined ? 'account' : fileNamePart(email),
    plan
      ?.toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, ''),
  ];
  return {
    name: `codex-${parts.filter((part) => part !== undefined && part !== '').join('-')}.json`,
    label: email ?? accountId ?? 'ChatGPT login',
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
  };
}

/** One e-mail may hold several workspaces, and one workspace several people. */
function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (stored['type'] !== 'codex') return false;
  const [mine, theirs] = [readCodexClaims(fields), readCodexClaims(stored)];
  const verdicts = [compare(mine.accountId, theirs.accountId), compare(mine.email, theirs.email)];
  if (verdicts.includes(false)) return false;
  if (verdicts.includes(true)) return true;
  return textOf(fields['access_token']) === textOf(stored['access_token']);
}

/** `undefined`: one of them does not say. */
const compare = (a: string | undefined, b: string | undefined): boolean | undefined =>
  a === undefined || b === undefined ? undefined : a.toLowerCase() === b.toLowerCase();
