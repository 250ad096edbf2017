import { AppError } from '../../../shared/errors.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { createPkce, createState } from '../../login/pkce.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import { kiroDevice } from './device-login.js';
import { kiroImport } from './import.js';
import { kiroCredential } from './new-credential.js';
import { type Registration, readGrant, register, SCOPES, signInOf } from './registration.js';
import { kiroToken } from './token-login.js';

const REDIRECT_WITHIN_MS = 10 * 60_000;
/** Any port will do, since each login registers its own; the first is where other gateways listen. */
const REDIRECT = { ports: [19877, 19878, 19879], path: '/oauth/callback', host: '127.0.0.1' } as const;

const kiroBrowser: LoginMethod = {
  id: 'browser',
  title: 'in the browser (Builder ID, or your organisation by --start-url)',
  run: logIn,
};

/** Google and GitHub are not among them: their redirects lead to the Kiro IDE only, and we are not the IDE. */
export const kiroLogins: readonly LoginMethod[] = [kiroBrowser, kiroDevice, kiroToken, kiroImport];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const signIn = signInOf(context);
  const { verifier, challenge } = await createPkce(context.randomBytes);
  const state = createState(context.randomBytes);
  let client: Registration = { clientId: '', clientSecret: '' };
  const { code, redirectUri } = await context.awaitRedirect({
    ...REDIRECT,
    state,
    timeoutMs: REDIRECT_WITHIN_MS,
    async announce(redirect) {
      client = await register(context, signIn, {
        types: ['authorization_code'],
        redirectUri: redirect,
        issuerUrl: signIn.startUrl,
      });
    },
    url(redirect) {
      const query = {
        response_type: 'code',
        client_id: client.clientId,
        redirect_uri: redirect,
        scopes: SCOPES.join(' '),
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      };
      const values = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      return `${signIn.addresses.authorize}?${values.join('&')}`;
    },
  });
  const reply = await callVendor(context, {
    url: signIn.addresses.token,
    json: { ...client, code, codeVerifier: verifier, redirectUri, grantType: 'authorization_code' },
    signal: context.signal,
  });
  if (reply.status !== 200) {
    const { message } = readVendorError(reply, [code, verifier, client.clientSecret]);
    throw new AppError('login_refused', `AWS did not take the code: ${message}`, { hint: 'start the login again' });
  }
  return kiroCredential(context, signIn, client, readGrant(reply.body));
}
