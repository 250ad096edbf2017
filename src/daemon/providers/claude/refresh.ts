import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { rereadLogin } from '../../login/owners-login.js';
import { redeemRefreshToken } from '../../login/redeem.js';
import { isReadOnly, LATER_MS } from '../../login/renew.js';
import { definedFields, expiresAt, rfc3339 } from '../../login/token-fields.js';
import { readRetryAfterMs, readVendorError, textOf, type VendorReply } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { claudeCodeLogin } from './claude-code-login.js';
import { claudeOAuth, SCOPE } from './oauth.js';
import { profileOfGrant } from './profile.js';

const USUAL_LIFE_MS = 8 * 60 * 60_000;
/** claude.md 3: bounds of the wait after a 429. */
const LEAST_WAIT_MS = 5_000;
const MOST_WAIT_MS = 5 * 60_000;

/** Trades the refresh token for new tokens; it is spent by that, and its successor is among the fields. */
export async function refreshClaude(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  if (isReadOnly(fields)) return rereadLogin(fields, context, claudeCodeLogin);
  const { clientId, clientSecret, token } = claudeOAuth(context);
  const outcome = await redeemRefreshToken(fields, context, { url: token, clientId, clientSecret, scope: SCOPE });
  if (outcome.kind !== 'answered') return outcome;
  const { reply, refreshToken } = outcome;
  return reply.status === 200 ? renewed(reply, context) : refused(reply, context, refreshToken);
}

function renewed({ body }: VendorReply, { clock }: AccountContext): RefreshOutcome {
  const accessToken = textOf(body['access_token']);
  if (accessToken === undefined) {
    return { kind: 'failed', reason: 'Anthropic answered without `access_token`', retryAfterMs: LATER_MS };
  }
  const now = clock.now();
  // What the answer leaves out stays as it was.
  const fields = definedFields({
    ...profileOfGrant(body),
    access_token: accessToken,
    refresh_token: textOf(body['refresh_token']),
    last_refresh: rfc3339(now),
    expired: rfc3339(expiresAt(body['expires_in'], now, USUAL_LIFE_MS)),
  });
  return { kind: 'renewed', fields };
}

function refused(reply: VendorReply, { clock }: AccountContext, refreshToken: string): RefreshOutcome {
  const { code, message: reason } = readVendorError(reply, [refreshToken]);
  if ((reply.status === 400 || reply.status === 401) && code === 'invalid_grant')
    return { kind: 'login-needed', reason };
  if (reply.status !== 429) return { kind: 'failed', reason, retryAfterMs: LATER_MS };
  const wait = readRetryAfterMs(reply.headers, clock.now()) ?? LEAST_WAIT_MS;
  return { kind: 'failed', reason, retryAfterMs: Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, wait)) };
}
