import { askGoogleConsent, type GoogleGrant } from '../../login/google/consent.js';
import { ownClient } from '../../login/google/own-client.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { createState } from '../../login/pkce.js';
import { antigravityImport } from './import.js';
import { antigravityCredential } from './new-credential.js';
import { ALL_SCOPES, antigravityAddresses, BASIC_SCOPES, isScopeRefused, REDIRECT } from './oauth.js';
import { tokenMembers } from './token-members.js';

const antigravityBrowser: LoginMethod = {
  id: 'browser',
  title: 'in the browser, with your own Google client',
  run: logIn,
};

export const antigravityLogins: readonly LoginMethod[] = [antigravityBrowser, antigravityImport];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const client = await ownClient(context, 'oauth-clients.antigravity');
  const { authorize: authorizeUrl, token: tokenUrl } = antigravityAddresses(context);
  const state = createState(context.randomBytes);
  const ask = (scopes: readonly string[]): Promise<GoogleGrant> =>
    askGoogleConsent(context, { client, authorizeUrl, tokenUrl, scopes, redirect: REDIRECT, state });
  const isBasic = context.options['scopes'] === 'basic';
  const grant = await ask(isBasic ? BASIC_SCOPES : ALL_SCOPES).catch((error: unknown) => {
    if (isBasic || !isScopeRefused(error)) throw error;
    context.tell({ type: 'progress', message: 'Google refuses some of the scopes to your client: asking for fewer' });
    return ask(BASIC_SCOPES);
  });
  return antigravityCredential(context, {
    ...tokenMembers(grant.accessToken, grant.expiresIn, context.clock.now()),
    refresh_token: grant.refreshToken,
    client_id: client.id,
    client_secret: client.secret,
  });
}
