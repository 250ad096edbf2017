import { AppError } from '../../../shared/errors.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import { socialRefreshUrl } from './addresses.js';
import { completed, grantFields } from './new-credential.js';
import { readGrant } from './registration.js';

/** Only logins by Google or GitHub can be taken over by their refresh token: AWS's own need their client too. */
export const kiroToken: LoginMethod = {
  id: 'token',
  title: 'with a refresh token of the Kiro IDE (aorAAAAAG...), or a Kiro API key (ksk_...)',
  run: enterToken,
};

async function enterToken(context: LoginContext): Promise<NewCredential> {
  const given = await context.ask({ id: 'token', message: 'Refresh token or API key', secret: true });
  const token = given.trim();
  if (/^ksk_[\w-]+$/.test(token)) {
    return completed(context, { type: 'kiro', access_token: token, auth_method: 'api-key' }, 'key');
  }
  if (!/^aorAAAAAG\S+$/.test(token)) {
    throw new AppError('login_refused', 'this is neither a refresh token of a Kiro login nor a Kiro API key', {
      hint: 'paste the whole `refreshToken` of ~/.aws/sso/cache/kiro-auth-token.json',
    });
  }
  const reply = await callVendor(context, {
    url: socialRefreshUrl(context),
    json: { refreshToken: token },
    signal: context.signal,
  });
  if (reply.status !== 200) {
    throw new AppError('login_refused', `Kiro did not take the token: ${readVendorError(reply, [token]).message}`, {
      hint: 'sign in to Kiro again, and paste its new token',
    });
  }
  const grant = readGrant(reply.body);
  const fields = {
    ...grantFields({ ...grant, refreshToken: grant.refreshToken ?? token }, context.clock.now()),
    auth_method: 'social',
    provider: 'imported',
  };
  return completed(context, fields, 'social');
}
