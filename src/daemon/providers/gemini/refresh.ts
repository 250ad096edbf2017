import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { askForRenewal, LATER_MS } from '../../login/renew.js';
import { definedFields, expiresAt, rfc3339 } from '../../login/token-fields.js';
import { callVendor, readRetryAfterMs, readVendorError, textOf } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { fieldText } from '../account-fields.js';
import { googleAddresses, storedClient } from './oauth.js';

const LIFE_MS = 60 * 60_000;
/** Google's words for a login, or a client, that is no more. */
const DEAD: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client', 'deleted_client']);

/** A new access token; the refresh token stays, unless Google gives another one. */
export async function refreshGemini(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  const refreshToken = fieldText(fields, 'refresh_token');
  const client = storedClient(fields, context);
  if (refreshToken === undefined) return { kind: 'login-needed', reason: 'there is no refresh token' };
  if (client === undefined) return { kind: 'login-needed', reason: 'the OAuth client of this login is not known' };
  const outcome = await askForRenewal(context, {
    url: googleAddresses(context).token,
    form: {
      grant_type: 'refresh_token',
      client_id: client.id,
      client_secret: client.secret,
      refresh_token: refreshToken,
    },
  });
  if (outcome.kind === 'unreachable') return { kind: 'failed', reason: outcome.reason, retryAfterMs: LATER_MS };
  const { reply } = outcome;
  const { clock } = context;
  const accessToken = textOf(reply.body['access_token']);
  if (reply.status === 200 && accessToken !== undefined) {
    const now = clock.now();
    const renewed = definedFields({
      access_token: accessToken,
      refresh_token: textOf(reply.body['refresh_token']),
      expired: rfc3339(expiresAt(reply.body['expires_in'], now, LIFE_MS)),
      last_refresh: rfc3339(now),
    });
    return { kind: 'renewed', fields: renewed };
  }
  const { code, message: reason } = readVendorError(reply, [refreshToken, client.secret ?? '']);
  if (code !== undefined && DEAD.has(code)) return { kind: 'login-needed', reason };
  const wait = readRetryAfterMs(reply.headers, clock.now()) ?? LATER_MS;
  return { kind: 'failed', reason, retryAfterMs: Math.max(wait, LATER_MS) };
}

/** Ends a login that was made here; one of gcloud goes on. @throws AppError `revoke_failed`, `vendor_unreachable` */
export async function revokeGemini(fields: JsonObject, context: AccountContext): Promise<void> {
  const token = fieldText(fields, 'refresh_token');
  // Only a login of our own lists what it was allowed.
  if (token === undefined || !Array.isArray(fields['scopes'])) {
    throw new AppError('revoke_failed', 'there is nothing of our own to end at Google');
  }
  const reply = await callVendor(context, {
    url: googleAddresses(context).revoke,
    form: { token },
    timeoutMs: 10_000,
  });
  if (reply.status === 200) return;
  throw new AppError('revoke_failed', `Google did not end the login: ${readVendorError(reply, [token]).message}`);
}
