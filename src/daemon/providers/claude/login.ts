import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { createPkce, createState } from '../../login/pkce.js';
import { definedFields, expiresAt, rfc3339 } from '../../login/token-fields.js';
import { callVendor, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { claudeCredential } from './new-credential.js';
import { claudeOAuth, REDIRECT, SCOPE } from './oauth.js';
import { askProfile, type ClaudeProfile, profileOfGrant } from './profile.js';
import { claudeSetupToken } from './setup-token.js';

const REDIRECT_WITHIN_MS = 5 * 60_000;
/** What tokens have lived for; only for an answer that does not say. */
const USUAL_LIFE_MS = 8 * 60 * 60_000;

const claudeBrowser: LoginMethod = { id: 'browser', title: 'in the browser', run: logIn };

export const claudeLogins: readonly LoginMethod[] = [claudeBrowser, claudeSetupToken];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clientId, authorize } = claudeOAuth(context);
  const { verifier, challenge } = createPkce(context.randomBytes);
  const state = createState(context.randomBytes);
  const { code, redirectUri } = await context.awaitRedirect({
    ...REDIRECT,
    state,
    timeoutMs: REDIRECT_WITHIN_MS,
    url(redirect) {
      const url = new URL(authorize);
      const query = {
        code: 'true',
        client_id: clientId,
        response_type: 'code',
        redirect_uri: redirect,
        scope: SCOPE,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        state,
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },
  });
  const body = await exchange(context, { code, redirectUri, verifier, state });
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

/** Once: a code can be spent once, and a 429 here means refused rather than busy. */
async function exchange(
  context: LoginContext,
  grant: { readonly code: string; readonly redirectUri: string; readonly verifier: string; readonly state: string },
): Promise<JsonObject> {
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
