import { askGoogleConsent } from '../../login/google/consent.js';
import { ownClient } from '../../login/google/own-client.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { expiresAt, rfc3339 } from '../../login/token-fields.js';
import { claimsOf, fieldText } from '../account-fields.js';
import { geminiImport } from './import.js';
import { chooseProject, geminiCredential } from './new-credential.js';
import { googleAddresses, REDIRECT, SCOPES } from './oauth.js';

const LIFE_MS = 60 * 60_000;

const geminiBrowser: LoginMethod = { id: 'browser', title: 'in the browser, with your own Google client', run: logIn };

export const geminiLogins: readonly LoginMethod[] = [geminiBrowser, geminiImport];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const client = await ownClient(context, 'oauth-clients.gemini');
  const { authorize: authorizeUrl, token: tokenUrl } = googleAddresses(context);
  const grant = await askGoogleConsent(context, {
    client,
    authorizeUrl,
    tokenUrl,
    scopes: SCOPES,
    redirect: REDIRECT,
  });
  const { refreshToken, scopes } = grant;
  const credential = geminiCredential({
    access_token: grant.accessToken,
    refresh_token: refreshToken,
    expired: rfc3339(expiresAt(grant.expiresIn, context.clock.now(), LIFE_MS)),
    email: fieldText(claimsOf(grant.idToken), 'email'),
    project_id: await chooseProject(context, client.project),
    client_id: client.id,
    client_secret: client.secret,
    scopes,
  });
  const warning = warningOf(refreshToken, scopes);
  return warning === undefined ? credential : { ...credential, warning };
}

/** What a person can leave out at the consent, and would find out an hour later. */
function warningOf(refreshToken: string | undefined, scopes: readonly string[]): string | undefined {
  if (!scopes.includes(SCOPES[0])) return 'the Gemini API was not among what you allowed: log in again, and tick it';
  return refreshToken === undefined ? 'Google gave nothing to renew this login with: it ends in an hour' : undefined;
}
