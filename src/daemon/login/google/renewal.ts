import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { RefreshOutcome } from '../../providers/account.js';
import type { AccountContext } from '../account-context.js';
import { askForRenewal, LATER_MS } from '../renew.js';
import { callVendor, readRetryAfterMs, readVendorError, textOf } from '../vendor-call.js';
import type { OwnClient } from './own-client.js';

/** Google's words for a login, or a client, that is no more. */
const DEAD: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client', 'deleted_client']);

export type GoogleRenewal =
  | { readonly kind: 'answered'; readonly accessToken: string; readonly body: JsonObject }
  | Exclude<RefreshOutcome, { kind: 'renewed' }>;

/** Asks for a new access token; the refresh token stays, unless Google gives another one. */
export async function renewGoogleToken(
  context: AccountContext,
  login: {
    readonly url: string;
    readonly client: Pick<OwnClient, 'id' | 'secret'>;
    readonly refreshToken: string;
  },
): Promise<GoogleRenewal> {
  const { url, client, refreshToken } = login;
  const outcome = await askForRenewal(context, {
    url,
    form: {
      grant_type: 'refresh_token',
      client_id: client.id,
      client_secret: client.secret,
      refresh_token: refreshToken,
    },
  });
  if (outcome.kind === 'unreachable') return { kind: 'failed', reason: outcome.reason, retryAfterMs: LATER_MS };
  const { reply } = outcome;
  const accessToken = textOf(reply.body['access_token']);
  if (reply.status === 200 && accessToken !== undefined) return { kind: 'answered', accessToken, body: reply.body };
  const { code, message: reason } = readVendorError(reply, [refreshToken, client.secret ?? '']);
  if (code !== undefined && DEAD.has(code)) return { kind: 'login-needed', reason };
  const wait = readRetryAfterMs(reply.headers, context.clock.now()) ?? LATER_MS;
  return { kind: 'failed', reason, retryAfterMs: Math.max(wait, LATER_MS) };
}

/** Tells Google that a login is over. @throws AppError `revoke_failed`, `vendor_unreachable` */
export async function revokeGoogleToken(context: AccountContext, url: string, token: string): Promise<void> {
  const reply = await callVendor(context, { url, form: { token }, timeoutMs: 10_000 });
  if (reply.status === 200) return;
  throw new AppError('revoke_failed', `Google did not end the login: ${readVendorError(reply, [token]).message}`);
}
