import { AppError } from '../../../shared/errors.js';
import type { LoginContext, NewCredential } from '../../login/method.js';
import { rfc3339 } from '../../login/token-fields.js';
import { callVendor, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { codexCredential, codexExpiry } from './new-credential.js';
import { codexOAuth } from './oauth.js';

/**
 * Trades the code of either flow for tokens; once, since a code can be spent once. Not by a library: its refusals are objects,
 * and its id token says too little of itself to be checked as the standard wants.
 */
export async function exchangeCode(
  context: LoginContext,
  grant: { readonly code: string; readonly redirectUri: string; readonly verifier: string },
): Promise<NewCredential> {
  const { clientId, clientSecret, token } = codexOAuth(context);
  const reply = await callVendor(context, {
    url: token,
    form: {
      grant_type: 'authorization_code',
      client_id: clientId,
      client_secret: clientSecret,
      code: grant.code,
      redirect_uri: grant.redirectUri,
      code_verifier: grant.verifier,
    },
    signal: context.signal,
  });
  if (reply.status !== 200) {
    const { message } = readVendorError(reply, [grant.code, grant.verifier]);
    throw new AppError('login_refused', `OpenAI did not take the code: ${message}`, { hint: 'start the login again' });
  }
  const { body } = reply;
  const accessToken = requireText(body, 'access_token', 'OpenAI');
  const now = context.clock.now();
  return codexCredential({
    access_token: accessToken,
    refresh_token: textOf(body['refresh_token']),
    id_token: textOf(body['id_token']) ?? '',
    last_refresh: rfc3339(now),
    expired: codexExpiry(body, accessToken, now),
  });
}
