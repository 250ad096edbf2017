import { AppError } from '../../../shared/errors.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { createPkce, createState } from '../../login/pkce.js';
import { expiresAt, rfc3339 } from '../../login/token-fields.js';
import { callVendor, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { claimsOf, fieldText } from '../account-fields.js';
import { geminiImport } from './import.js';
import { chooseProject, geminiCredential } from './new-credential.js';
import { googleAddresses, ownClient, REDIRECT, SCOPES } from './oauth.js';

const REDIRECT_WITHIN_MS = 5 * 60_000;
const LIFE_MS = 60 * 60_000;

const geminiBrowser: LoginMethod = { id: 'browser', title: 'in the browser, with your own Google client', run: logIn };

export const geminiLogins: readonly LoginMethod[] = [geminiBrowser, geminiImport];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const client = await ownClient(context);
  const { authorize, token } = googleAddresses(context);
  const { verifier, challenge } = createPkce(context.randomBytes);
  const state = createState(context.randomBytes);
  const { code, redirectUri } = await context.awaitRedirect({
    ...REDIRECT,
    state,
    timeoutMs: REDIRECT_WITHIN_MS,
    url(redirect) {
      const url = new URL(authorize);
      const query = {
        response_type: 'code',
        client_id: client.id,
        redirect_uri: redirect,
        scope: SCOPES.join(' '),
        // Without both, Google gives no refresh token the second time.
        access_type: 'offline',
        prompt: 'consent',
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },
  });
  const reply = await callVendor(context, {
    url: token,
    form: {
      grant_type: 'authorization_code',
      client_id: client.id,
      client_secret: client.secret,
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    },
    signal: context.signal,
  });
  if (reply.status !== 200) {
    const { message } = readVendorError(reply, [code, verifier, client.secret ?? '']);
    throw new AppError('login_refused', `Google did not take the code: ${message}`, { hint: 'start the login again' });
  }
  const { body } = reply;
  const accessToken = requireText(body, 'access_token', 'Google');
  const refreshToken = textOf(body['refresh_token']);
  const scopes = (textOf(body['scope']) ?? SCOPES.join(' ')).split(' ');
  const now = context.clock.now();
  const credential = geminiCredential({
    access_token: accessToken,
    refresh_token: refreshToken,
    expired: rfc3339(expiresAt(body['expires_in'], now, LIFE_MS)),
    email: fieldText(claimsOf(textOf(body['id_token'])), 'email'),
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
