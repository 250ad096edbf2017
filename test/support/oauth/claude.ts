import { randomBytes } from 'node:crypto';
import { openGrants, wrongMembers } from './grants.js';
import { startVendorServer, type VendorAnswer, type VendorRequest, type VendorServer } from './vendor-server.js';

const CLAUDE_CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e';

const AUTHORIZE_MEMBERS = [
  'code',
  'client_id',
  'response_type',
  'redirect_uri',
  'scope',
  'code_challenge',
  'code_challenge_method',
  'state',
];

export interface ClaudeFake extends VendorServer {
  /** As `oauth-endpoints.claude`. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly grants: ReturnType<typeof openGrants>;
  /** Who logs in; changed by tests. */
  account: { email: string; uuid: string; organization: string };
}

/** Anthropic's login, as claude.md §1 and §3 have it, and stricter than the original is known to be. */
export async function startClaudeFake(tls?: { readonly cert: string; readonly key: string }): Promise<ClaudeFake> {
  const grants = openGrants('sk-ant-ort01');
  const valid = new Set<string>();
  const issue = (refreshToken: string): VendorAnswer => {
    const accessToken = `sk-ant-oat01-${randomBytes(8).toString('hex')}`;
    valid.add(accessToken);
    return {
      body: {
        token_type: 'Bearer',
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_in: 28_800,
        scope: 'user:inference user:profile',
        account: { uuid: fake.account.uuid, email_address: fake.account.email },
        organization: { uuid: fake.account.organization, name: "Ann's Org" },
      },
    };
  };
  const refuse = (status: number, error: string, text: string): VendorAnswer => ({
    status,
    body: { error, error_description: text },
  });

  const authorize = ({ query }: VendorRequest): VendorAnswer => {
    const wrong = wrongMembers(query, AUTHORIZE_MEMBERS);
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!/^http:\/\/localhost:\d+\/callback$/.test(redirectUri)) wrong.push('redirect_uri is not registered');
    if (query.get('client_id') !== CLAUDE_CLIENT_ID) wrong.push('client_id is unknown');
    if (query.get('code_challenge_method') !== 'S256') wrong.push('code_challenge_method');
    if (query.get('response_type') !== 'code' || query.get('code') !== 'true') wrong.push('response_type');
    if (wrong.length > 0) return { status: 400, body: wrong.join(', ') };
    const state = query.get('state') ?? '';
    const code = grants.issueCode({
      clientId: CLAUDE_CLIENT_ID,
      redirectUri,
      challenge: query.get('code_challenge') ?? '',
      state,
    });
    const location = new URL(redirectUri);
    location.searchParams.set('code', `${code}#${state}`);
    location.searchParams.set('state', state);
    return { status: 302, headers: { location: location.href }, body: '' };
  };

  const token = (request: VendorRequest): VendorAnswer => {
    if (request.headers['content-type'] !== 'application/json') return refuse(415, 'invalid_request', 'not JSON');
    const body = request.json();
    const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
    if (text('grant_type') === 'refresh_token') {
      const outcome = grants.redeemRefresh(text('refresh_token'));
      if (typeof outcome === 'object') return issue(outcome.next);
      return refuse(400, 'invalid_grant', `refresh token ${text('refresh_token')} is ${outcome}`);
    }
    const code = text('code');
    if (code.includes('#')) return refuse(400, 'invalid_grant', 'the code has a second part');
    const redemption = { code, clientId: text('client_id'), redirectUri: text('redirect_uri') };
    const consent = grants.redeemCode({ ...redemption, verifier: text('code_verifier') });
    if (typeof consent === 'string') return refuse(400, 'invalid_grant', `${consent}: ${code}`);
    if (consent.state !== text('state')) return refuse(400, 'invalid_grant', 'state');
    return issue(grants.startChain());
  };

  const profile = ({ headers }: VendorRequest): VendorAnswer => {
    const bearer = (headers.authorization ?? '').replace('Bearer ', '');
    if (bearer.startsWith('sk-ant-oat01-setup'))
      return refuse(403, 'permission_error', 'scope user:profile is missing');
    if (!valid.has(bearer)) return refuse(401, 'authentication_error', 'unknown token');
    return {
      body: {
        account: { uuid: fake.account.uuid, email: fake.account.email, has_claude_max: true, has_claude_pro: false },
        organization: { uuid: fake.account.organization, name: "Ann's Org", organization_type: 'claude_max' },
      },
    };
  };

  const server = await startVendorServer(
    { 'GET /oauth/authorize': authorize, 'POST /v1/oauth/token': token, 'GET /api/oauth/profile': profile },
    tls,
  );
  const fake: ClaudeFake = {
    ...server,
    grants,
    account: { email: 'ann@example.com', uuid: 'acc-1', organization: 'org-1' },
    endpoints: {
      authorize: `${server.url}/oauth/authorize`,
      token: `${server.url}/v1/oauth/token`,
      api: server.url,
    },
  };
  return fake;
}
