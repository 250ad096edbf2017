import { randomBytes } from 'node:crypto';
import { openGrants, unsignedJwt, wrongMembers } from './grants.js';
import { startVendorServer, type VendorAnswer, type VendorRequest, type VendorServer } from './vendor-server.js';

export const OWN_CLIENT = { id: '1234-own.apps.googleusercontent.com', secret: 'GOCSPX-own' };

const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/generative-language.retriever',
  'openid',
  'https://www.googleapis.com/auth/userinfo.email',
];
const AUTHORIZE_MEMBERS = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'access_type', 'prompt', 'state'],
  ...['code_challenge', 'code_challenge_method'],
];

export interface GoogleFake extends VendorServer {
  /** As `oauth-endpoints.gemini`. */
  readonly endpoints: Readonly<Record<string, string>>;
  email: string;
  /** What the person allows. */
  allowed: readonly string[];
  givesRefreshToken: boolean;
  readonly refreshTokens: Set<string>;
}

/** Google's OAuth for a user's own desktop client. */
export async function startGoogleFake(): Promise<GoogleFake> {
  const grants = openGrants('unused');
  const refreshTokens = new Set<string>();
  const refuse = (status: number, error: string): VendorAnswer => ({
    status,
    body: { error, error_description: error },
  });
  const issue = (more: object): VendorAnswer => {
    const accessToken = `ya29.${randomBytes(8).toString('hex')}`;
    return { body: { access_token: accessToken, expires_in: 3599, token_type: 'Bearer', ...more } };
  };
  const isOwn = (form: URLSearchParams): boolean =>
    form.get('client_id') === OWN_CLIENT.id && form.get('client_secret') === OWN_CLIENT.secret;

  const authorize = ({ query }: VendorRequest): VendorAnswer => {
    const wrong = wrongMembers(query, AUTHORIZE_MEMBERS);
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!/^http:\/\/localhost:\d+\/$/.test(redirectUri)) wrong.push('redirect_uri is no loopback');
    if (query.get('client_id') !== OWN_CLIENT.id) wrong.push('client_id is unknown');
    if (query.get('access_type') !== 'offline' || query.get('prompt') !== 'consent') wrong.push('no refresh token');
    if (query.get('scope') !== SCOPES.join(' ')) wrong.push('scope');
    if (query.get('code_challenge_method') !== 'S256') wrong.push('code_challenge_method');
    if (wrong.length > 0) return { status: 400, body: wrong.join(', ') };
    const state = query.get('state') ?? '';
    const challenge = query.get('code_challenge') ?? '';
    const code = grants.issueCode({ clientId: OWN_CLIENT.id, redirectUri, challenge, state });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({ state, code, scope: SCOPES.join(' ') }).toString();
    return { status: 302, headers: { location: back.href }, body: '' };
  };

  const token = (request: VendorRequest): VendorAnswer => {
    const form = request.form();
    if (!isOwn(form)) return refuse(401, 'invalid_client');
    if (form.get('grant_type') === 'refresh_token') {
      const members = ['grant_type', 'client_id', 'client_secret', 'refresh_token'];
      if (wrongMembers(form, members).length > 0) return refuse(400, 'invalid_request');
      return refreshTokens.has(form.get('refresh_token') ?? '') ? issue({}) : refuse(400, 'invalid_grant');
    }
    const members = ['grant_type', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier'];
    if (wrongMembers(form, members).length > 0) return refuse(400, 'invalid_request');
    const consent = grants.redeemCode({
      code: form.get('code') ?? '',
      clientId: form.get('client_id') ?? '',
      redirectUri: form.get('redirect_uri') ?? '',
      verifier: form.get('code_verifier') ?? '',
    });
    if (typeof consent === 'string') return refuse(400, 'invalid_grant');
    const refreshToken = `1//${randomBytes(8).toString('hex')}`;
    refreshTokens.add(refreshToken);
    return issue({
      scope: fake.allowed.join(' '),
      id_token: unsignedJwt({ email: fake.email }),
      ...(fake.givesRefreshToken ? { refresh_token: refreshToken } : {}),
    });
  };

  const server = await startVendorServer({
    'GET /oauth/authorize': authorize,
    'POST /token': token,
    'POST /revoke': (request) =>
      refreshTokens.delete(request.form().get('token') ?? '') ? { body: {} } : refuse(400, 'invalid_token'),
  });
  const fake: GoogleFake = {
    ...server,
    email: 'ann@example.com',
    allowed: SCOPES,
    givesRefreshToken: true,
    refreshTokens,
    endpoints: {
      authorize: `${server.url}/oauth/authorize`,
      token: `${server.url}/token`,
      revoke: `${server.url}/revoke`,
    },
  };
  return fake;
}
