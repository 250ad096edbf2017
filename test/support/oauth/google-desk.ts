import { randomBytes } from 'node:crypto';
import { openGrants, unsignedJwt, wrongMembers } from './grants.js';
import type { VendorAnswer } from './vendor-server.js';

export const OWN_CLIENT = { id: '1234-own.apps.googleusercontent.com', secret: 'GOCSPX-own' };

const AUTHORIZE_MEMBERS = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'access_type', 'prompt', 'state'],
  ...['code_challenge', 'code_challenge_method'],
];

export interface GoogleDesk {
  email: string;
  /** Scopes that the client may not ask for: Google sends the browser back with `invalid_scope`. */
  withheld: readonly string[];
  /** What the person allows; absent: all that was asked for. */
  allowed: readonly string[] | undefined;
  givesRefreshToken: boolean;
  readonly refreshTokens: Set<string>;
  /** Access tokens given so far. */
  readonly issued: Set<string>;
  authorize(query: URLSearchParams): VendorAnswer;
  token(form: URLSearchParams): VendorAnswer;
  revoke(form: URLSearchParams): VendorAnswer;
}

const refuse = (status: number, error: string): VendorAnswer => ({ status, body: { error, error_description: error } });

/** Google's OAuth for a user's own desktop client that asks for one of these lists of scopes. */
export function openGoogleDesk(wanted: {
  readonly scopes: readonly (readonly string[])[];
  readonly redirectPath: string;
}): GoogleDesk {
  const grants = openGrants('unused');
  const askedFor = new Map<string, string>();
  const issue = (more: object): VendorAnswer => {
    const accessToken = `ya29.${randomBytes(8).toString('hex')}`;
    desk.issued.add(accessToken);
    return { body: { access_token: accessToken, expires_in: 3599, token_type: 'Bearer', ...more } };
  };
  const desk: GoogleDesk = {
    email: 'ann@example.com',
    withheld: [],
    allowed: undefined,
    givesRefreshToken: true,
    refreshTokens: new Set(),
    issued: new Set(),
    authorize(query) {
      const wrong = wrongMembers(query, AUTHORIZE_MEMBERS);
      const redirectUri = query.get('redirect_uri') ?? '';
      const scope = query.get('scope') ?? '';
      const isLoopback = /^http:\/\/localhost:\d+\//.test(redirectUri) && redirectUri.endsWith(wanted.redirectPath);
      if (!isLoopback) wrong.push('redirect_uri is no loopback');
      if (query.get('client_id') !== OWN_CLIENT.id) wrong.push('client_id is unknown');
      if (query.get('access_type') !== 'offline' || query.get('prompt') !== 'consent') wrong.push('no refresh token');
      if (!wanted.scopes.some((scopes) => scopes.join(' ') === scope)) wrong.push('scope');
      if (query.get('code_challenge_method') !== 'S256') wrong.push('code_challenge_method');
      if (wrong.length > 0) return { status: 400, body: wrong.join(', ') };
      const state = query.get('state') ?? '';
      const back = new URL(redirectUri);
      if (scope.split(' ').some((each) => desk.withheld.includes(each))) {
        back.search = new URLSearchParams({ state, error: 'invalid_scope' }).toString();
        return { status: 302, headers: { location: back.href }, body: '' };
      }
      const challenge = query.get('code_challenge') ?? '';
      const code = grants.issueCode({ clientId: OWN_CLIENT.id, redirectUri, challenge, state });
      askedFor.set(code, scope);
      back.search = new URLSearchParams({ state, code, scope }).toString();
      return { status: 302, headers: { location: back.href }, body: '' };
    },
    token(form) {
      if (form.get('client_id') !== OWN_CLIENT.id || form.get('client_secret') !== OWN_CLIENT.secret) {
        return refuse(401, 'invalid_client');
      }
      if (form.get('grant_type') === 'refresh_token') {
        const members = ['grant_type', 'client_id', 'client_secret', 'refresh_token'];
        if (wrongMembers(form, members).length > 0) return refuse(400, 'invalid_request');
        return desk.refreshTokens.has(form.get('refresh_token') ?? '') ? issue({}) : refuse(400, 'invalid_grant');
      }
      const members = ['grant_type', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier'];
      if (wrongMembers(form, members).length > 0) return refuse(400, 'invalid_request');
      const code = form.get('code') ?? '';
      const consent = grants.redeemCode({
        code,
        clientId: form.get('client_id') ?? '',
        redirectUri: form.get('redirect_uri') ?? '',
        verifier: form.get('code_verifier') ?? '',
      });
      if (typeof consent === 'string') return refuse(400, 'invalid_grant');
      const refreshToken = `1//${randomBytes(8).toString('hex')}`;
      desk.refreshTokens.add(refreshToken);
      const scope = desk.allowed?.join(' ') ?? askedFor.get(code) ?? '';
      return issue({
        scope,
        ...(scope.split(' ').includes('openid') ? { id_token: unsignedJwt({ email: desk.email }) } : {}),
        ...(desk.givesRefreshToken ? { refresh_token: refreshToken } : {}),
      });
    },
    revoke: (form) =>
      desk.refreshTokens.delete(form.get('token') ?? '') ? { body: {} } : refuse(400, 'invalid_token'),
  };
  return desk;
}
