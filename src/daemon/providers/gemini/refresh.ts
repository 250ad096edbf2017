import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { storedClient } from '../../login/google/own-client.js';
import { renewGoogleToken, revokeGoogleToken } from '../../login/google/renewal.js';
import { definedFields, expiresAt, rfc3339 } from '../../login/token-fields.js';
import { textOf } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { fieldText } from '../account-fields.js';
import { googleAddresses } from './oauth.js';

const LIFE_MS = 60 * 60_000;
/** A new access token; the refresh token stays, unless Google gives another one. */
export async function refreshGemini(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  const refreshToken = fieldText(fields, 'refresh_token');
  const client = storedClient(fields, context);
  if (refreshToken === undefined) return { kind: 'login-needed', reason: 'there is no refresh token' };
  if (client === undefined) return { kind: 'login-needed', reason: 'the OAuth client of this login is not known' };
  const outcome = await renewGoogleToken(context, { url: googleAddresses(context).token, client, refreshToken });
  if (outcome.kind !== 'answered') return outcome;
  const now = context.clock.now();
  const renewed = definedFields({
    access_token: outcome.accessToken,
    refresh_token: textOf(outcome.body['refresh_token']),
    expired: rfc3339(expiresAt(outcome.body['expires_in'], now, LIFE_MS)),
    last_refresh: rfc3339(now),
  });
  return { kind: 'renewed', fields: renewed };
}

/** Ends a login that was made here; one of gcloud goes on. @throws AppError `revoke_failed`, `vendor_unreachable` */
export async function revokeGemini(fields: JsonObject, context: AccountContext): Promise<void> {
  const token = fieldText(fields, 'refresh_token');
  // Only a login of our own lists what it was allowed.
  if (token === undefined || !Array.isArray(fields['scopes'])) {
    throw new AppError('revoke_failed', 'there is nothing of our own to end at Google');
  }
  await revokeGoogleToken(context, googleAddresses(context).revoke, token);
}
