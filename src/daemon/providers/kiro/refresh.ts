import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { askForRenewal, isReadOnly, LATER_MS, READ_ONLY_REASON } from '../../login/renew.js';
import { definedFields, expiresAt, rfc3339 } from '../../login/token-fields.js';
import { readRetryAfterMs, readVendorError, textOf, type VendorReply } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { fieldText } from '../account-fields.js';
import { oidcAddresses, socialRefreshUrl } from './addresses.js';
import { authMethodOf, clientOf, loginRegionOf, refreshTokenOf } from './fields.js';
import { readRegistration } from './ide-files.js';
import { USUAL_LIFE_MS } from './new-credential.js';

/** The login, or the client it was registered with, is over. */
const DEAD: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_client', 'expired_token', 'unauthorized_client']);

/** Trades the refresh token for new tokens, where the login is at home. */
export async function refreshKiro(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  if (isReadOnly(fields)) return { kind: 'login-needed', reason: READ_ONLY_REASON };
  const refreshToken = refreshTokenOf(fields);
  if (refreshToken === undefined) return { kind: 'login-needed', reason: 'there is no refresh token' };
  const method = authMethodOf(fields);
  const client = await clientFor(fields, context);
  if (client instanceof AppError) return unreadable(client);
  // The social service would take such a token for a wrong one.
  if ((method === 'idc' || method === 'builder-id') && client === undefined) {
    return { kind: 'login-needed', reason: NO_CLIENT };
  }
  const isSocial = method === 'social' || client === undefined;
  const outcome = await askForRenewal(
    context,
    isSocial
      ? { url: socialRefreshUrl(context), json: { refreshToken } }
      : {
          url: oidcAddresses(context, loginRegionOf(fields)).token,
          json: { clientId: client.id, clientSecret: client.secret, refreshToken, grantType: 'refresh_token' },
        },
  );
  if (outcome.kind === 'unreachable') return { kind: 'failed', reason: outcome.reason, retryAfterMs: LATER_MS };
  const { reply } = outcome;
  const secrets = client === undefined ? [refreshToken] : [refreshToken, client.secret];
  if (reply.status !== 200) return refused(reply, context, secrets);
  const isFound = !isSocial && clientOf(fields) === undefined;
  return renewed(reply, context, isFound ? { client_id: client.id, client_secret: client.secret } : {});
}

const NO_CLIENT =
  'the client that this login was registered with is neither in its file nor in ~/.aws/sso/cache: import it again, or log in here';

/** The client of the login, in its file or in the one beside the Kiro IDE's that it names. */
async function clientFor(fields: JsonObject, context: AccountContext) {
  const own = clientOf(fields);
  const hash = fieldText(fields, 'client_id_hash', 'clientIdHash');
  const { local } = context;
  if (own !== undefined || hash === undefined || local === undefined || authMethodOf(fields) === 'social') return own;
  try {
    return await readRegistration({ ...context, local }, hash);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** A file that is half written may be whole in a moment; one outside its folder stays there. */
const unreadable = ({ code, message }: AppError): RefreshOutcome =>
  code === 'login_source_unreadable'
    ? { kind: 'failed', reason: message, retryAfterMs: LATER_MS }
    : { kind: 'login-needed', reason: message };

/** What the answer leaves out stays as it was, the refresh token above all. */
function renewed({ body }: VendorReply, { clock }: AccountContext, found: JsonObject): RefreshOutcome {
  const now = clock.now();
  const accessToken = textOf(body['accessToken']);
  if (accessToken === undefined) {
    return { kind: 'failed', reason: 'AWS answered without an access token', retryAfterMs: LATER_MS };
  }
  const fields = definedFields({
    access_token: accessToken,
    refresh_token: textOf(body['refreshToken']),
    profile_arn: textOf(body['profileArn']),
    expires_at: rfc3339(expiresAt(body['expiresIn'], now, USUAL_LIFE_MS)),
    last_refresh: rfc3339(now),
    ...found,
  });
  return { kind: 'renewed', fields };
}

function refused(reply: VendorReply, { clock }: AccountContext, secrets: readonly string[]): RefreshOutcome {
  const { code, message: reason } = readVendorError(reply, secrets);
  const { status } = reply;
  const isOver = status === 400 && /invalid refresh token|refresh token.*expired|client.*expired/i.test(reason);
  if (status === 401 || status === 403 || isOver || (code !== undefined && DEAD.has(code))) {
    return { kind: 'login-needed', reason };
  }
  const wait = readRetryAfterMs(reply.headers, clock.now()) ?? LATER_MS;
  return { kind: 'failed', reason, retryAfterMs: Math.max(wait, LATER_MS) };
}
