import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { rereadLogin } from '../../login/owners-login.js';
import { redeemRefreshToken } from '../../login/redeem.js';
import { isReadOnly, LATER_MS } from '../../login/renew.js';
import { definedFields, rfc3339 } from '../../login/token-fields.js';
import { readRetryAfterMs, readVendorError, textOf, type VendorReply } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { claimsOf, fieldText } from '../account-fields.js';
import { readCodexClaims } from './claims.js';
import { codexCliLogin } from './import.js';
import { codexExpiry } from './new-credential.js';
import { codexOAuth } from './oauth.js';

/** codex.md 3: the refresh token is dead, whatever the status. */
const DEAD: ReadonlySet<string> = new Set([
  'refresh_token_expired',
  'refresh_token_reused',
  'refresh_token_invalidated',
  'invalid_grant',
]);

/** Trades the refresh token for new tokens; using it twice would end the whole chain. */
export async function refreshCodex(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  if (isReadOnly(fields)) return rereadLogin(fields, context, codexCliLogin);
  const { clientId, clientSecret, token } = codexOAuth(context);
  const outcome = await redeemRefreshToken(fields, context, { url: token, clientId, clientSecret });
  if (outcome.kind !== 'answered') return outcome;
  const { reply, refreshToken } = outcome;
  return reply.status === 200 ? renewed(reply, fields, context) : refused(reply, context, refreshToken);
}

/** Every member of the answer is optional: what it leaves out stays as it was. */
function renewed({ body }: VendorReply, stored: JsonObject, { clock }: AccountContext): RefreshOutcome {
  const now = clock.now();
  const accessToken = textOf(body['access_token']);
  const refreshToken = textOf(body['refresh_token']);
  if (accessToken === undefined && refreshToken === undefined) {
    return { kind: 'failed', reason: 'OpenAI answered without tokens', retryAfterMs: LATER_MS };
  }
  const idToken = textOf(body['id_token']);
  const isReadable = idToken !== undefined && Object.keys(claimsOf(idToken)).length > 0;
  const { accountId, email } = isReadable ? readCodexClaims({ id_token: idToken }) : {};
  const fields = definedFields({
    access_token: accessToken,
    refresh_token: refreshToken,
    id_token: isReadable ? idToken : undefined,
    // The workspace that was chosen stays; the token's own is only a default.
    account_id: fieldText(stored, 'account_id') === undefined ? accountId : undefined,
    email,
    last_refresh: rfc3339(now),
    expired: accessToken === undefined ? undefined : codexExpiry(body, accessToken, now),
  });
  return { kind: 'renewed', fields };
}

function refused(reply: VendorReply, { clock }: AccountContext, refreshToken: string): RefreshOutcome {
  const { code, message: reason } = readVendorError(reply, [refreshToken]);
  if (reply.status === 401 || (code !== undefined && DEAD.has(code))) return { kind: 'login-needed', reason };
  const wait = readRetryAfterMs(reply.headers, clock.now()) ?? LATER_MS;
  return { kind: 'failed', reason, retryAfterMs: Math.max(wait, LATER_MS) };
}
