import type { JsonObject } from '../ir/json.js';
import type { RefreshOutcome } from '../providers/account.js';
import type { AccountContext } from './account-context.js';
import { askForRenewal, LATER_MS } from './renew.js';
import { textOf, type VendorReply } from './vendor-call.js';

export interface JsonRedemption {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope?: string;
}

export type Redeemed =
  | { readonly kind: 'answered'; readonly reply: VendorReply; readonly refreshToken: string }
  | Exclude<RefreshOutcome, { readonly kind: 'renewed' }>;

/**
 * Trades the refresh token of a file, which is spent by that, for new tokens. As Anthropic and OpenAI want it: RFC 6749, but
 * for a body that is JSON, which no OAuth library sends.
 */
export async function redeemRefreshToken(
  fields: JsonObject,
  context: AccountContext,
  { url, clientId, clientSecret, scope }: JsonRedemption,
): Promise<Redeemed> {
  const refreshToken = textOf(fields['refresh_token']) ?? textOf(fields['refreshToken']);
  if (refreshToken === undefined) return { kind: 'login-needed', reason: 'there is no refresh token' };
  const outcome = await askForRenewal(context, {
    url,
    json: {
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      scope,
    },
  });
  if (outcome.kind === 'unreachable') return { kind: 'failed', reason: outcome.reason, retryAfterMs: LATER_MS };
  return { ...outcome, refreshToken };
}
