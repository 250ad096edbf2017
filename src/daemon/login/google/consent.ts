import { AppError } from '../../../shared/errors.js';
import { askBrowserConsent, type Consent } from '../browser-consent.js';
import type { LoginContext } from '../method.js';
import { askStandard } from '../standard-oauth.js';
import { readVendorError, requireText, textOf, type VendorReply } from '../vendor-call.js';
import type { OwnClient } from './own-client.js';

export interface ConsentWanted {
  readonly client: OwnClient;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  /** A desktop client may come back to any port of loopback. */
  readonly redirect: { readonly ports: readonly number[]; readonly path: string };
  /** For a second try of the same login; absent: a fresh one. */
  readonly state?: string;
}

export interface GoogleGrant {
  readonly accessToken: string;
  /** Absent where Google thinks that the client has one already. */
  readonly refreshToken: string | undefined;
  /** Seconds, as Google has it. */
  readonly expiresIn: unknown;
  readonly idToken: string | undefined;
  /** What the person has allowed. */
  readonly scopes: readonly string[];
}

const GOOGLE = 'https://accounts.google.com';

/** Asks the person for consent in the browser, and redeems it. @throws AppError `login_refused`, and as `awaitRedirect`. */
export async function askGoogleConsent(context: LoginContext, wanted: ConsentWanted): Promise<GoogleGrant> {
  const { client, scopes, redirect, authorizeUrl } = wanted;
  const consent = await askBrowserConsent(context, {
    authorizeUrl,
    clientId: client.id,
    scope: scopes.join(' '),
    redirect,
    // Without both, Google gives no refresh token the second time.
    more: { access_type: 'offline', prompt: 'consent' },
    ...(wanted.state === undefined ? {} : { state: wanted.state }),
    // Google names itself in its answers (accounts.google.com/.well-known/openid-configuration); a stand-in does not.
    ...(new URL(authorizeUrl).origin === GOOGLE ? { issuer: GOOGLE } : {}),
  });
  const { code, verifier } = consent;
  const reply = await redeem(context, wanted, consent);
  if (reply.status !== 200) {
    const { message } = readVendorError(reply, [code, verifier, client.secret ?? '']);
    throw new AppError('login_refused', `Google did not take the code: ${message}`, { hint: 'start the login again' });
  }
  const { body } = reply;
  return {
    accessToken: requireText(body, 'access_token', 'Google'),
    refreshToken: textOf(body['refresh_token']),
    expiresIn: body['expires_in'],
    idToken: textOf(body['id_token']),
    scopes: (textOf(body['scope']) ?? scopes.join(' ')).split(' '),
  };
}

/** By the standard, but for the id token, which is only read for its e-mail. */
async function redeem(
  context: LoginContext,
  { client: { id, secret }, tokenUrl }: ConsentWanted,
  { code, state, redirectUri, verifier }: Consent,
): Promise<VendorReply> {
  const { reply } = await askStandard(context, {
    party: { endpoints: { token_endpoint: tokenUrl }, clientId: id, clientSecret: secret },
    signal: context.signal,
    run(oauth, { server, client, proof }, options) {
      const answer = oauth.validateAuthResponse(server, client, new URLSearchParams({ code, state }), state);
      return oauth.authorizationCodeGrantRequest(server, client, proof, answer, redirectUri, verifier, options);
    },
  });
  return reply;
}
