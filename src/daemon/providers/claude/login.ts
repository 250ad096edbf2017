import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import { askBrowserConsent, type Consent } from '../../login/browser-consent.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { definedFields, expiresAt, rfc3339 } from '../../login/token-fields.js';
import { callVendor, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { claudeCredential } from './new-credential.js';
import { claudeOAuth, REDIRECT, SCOPE } from './oauth.js';
import { askProfile, type ClaudeProfile, profileOfGrant } from './profile.js';
import { claudeSetupToken } from './setup-token.js';

/** What tokens have lived for; only for an answer that does not say. */
const USUAL_LIFE_MS = 8 * 60 * 60_000;

const claudeBrowser: LoginMethod = { id: 'browser', title: 'in the browser', run: logIn };

export const claudeLogins: readonly LoginMethod[] = [claudeBrowser, claudeSetupToken];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clientId, authorize } = claudeOAuth(context);
  const consent = await askBrowserConsent(context, {
    authorizeUrl: authorize,
    clientId,
    scope: SCOPE,
    redirect: REDIRECT,
    more: { code: 'true' },
  });
  const body = await exchange(context, consent);
  const accessToken = requireText(body, 'access_token', 'Anthropic');
  const now = context.clock.now();
  const tokens = {
    access_token: accessToken,
    refresh_token: textOf(body['refresh_token']),
    scope: textOf(body['scope']),
    last_refresh: rfc3339(now),
    expired: rfc3339(expiresAt(body['expires_in'], now, USUAL_LIFE_MS)),
  };
  const asked = await askProfile(context, accessToken);
  const profile: ClaudeProfile = { ...profileOfGrant(body), ...definedFields({ ...asked?.profile }) };
  return claudeCredential(tokens, profile, { name: 'account', label: 'Claude login' });
}

/**
 * Once: a code can be spent once, and a 429 here means refused rather than busy. The body is JSON and names the state, which
 * no OAuth library sends.
 */
async function exchange(context: LoginContext, grant: Consent): Promise<JsonObject> {
  const { clientId, clientSecret, token } = claudeOAuth(context);
  const reply = await callVendor(context, {
    url: token,
    json: {
      grant_type: 'authorization_code',
      code: grant.code,
      redirect_uri: grant.redirectUri,
      client_id: clientId,
      client_secret: clientSecret,
      code_verifier: grant.verifier,
      state: grant.state,
    },
    signal: context.signal,
  });
  if (reply.status === 200) return reply.body;
  const { message } = readVendorError(reply, [grant.code, grant.verifier, grant.state]);
  throw new AppError('login_refused', `Anthropic did not take the code: ${message}`, {
    hint:
      reply.status === 429
        ? 'it limits or refuses this client; wait before you try again, or use an API key (`claude-api-key`)'
        : 'start the login again',
  });
}
