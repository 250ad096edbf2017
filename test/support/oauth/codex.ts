import { createHash, randomBytes } from 'node:crypto';
import { openGrants, unsignedJwt, wrongMembers } from './grants.js';
import { startVendorServer, type VendorAnswer, type VendorRequest, type VendorServer } from './vendor-server.js';

const CODEX_CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';

const OPTIONAL_MEMBERS = ['prompt', 'allowed_workspace_id'];
const AUTHORIZE_MEMBERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'id_token_add_organizations',
  'codex_cli_simplified_flow',
  'originator',
];

export interface CodexFake extends VendorServer {
  /** As `oauth-endpoints.codex`. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly grants: ReturnType<typeof openGrants>;
  /** Who logs in; changed by tests. */
  account: { email: string; id: string; plan: string };
  /** The person enters the code of the device flow. */
  approveDevice(userCode: string): void;
}

/** OpenAI's login, as codex.md §1 and §3 have it: its errors come in both of its shapes. */
export async function startCodexFake(): Promise<CodexFake> {
  const grants = openGrants('rt');
  const devices = new Map<string, { readonly userCode: string; grant?: { code: string; verifier: string } }>();
  const tokens = (refreshToken: string): VendorAnswer => {
    const issued = Math.floor(Date.now() / 1000);
    const auth = { chatgpt_account_id: fake.account.id, chatgpt_plan_type: fake.account.plan };
    const claims = { email: fake.account.email, aud: ['codex'], 'https://api.openai.com/auth': auth };
    return {
      body: {
        id_token: unsignedJwt({ ...claims, exp: issued + 3600 }),
        access_token: unsignedJwt({
          ...claims,
          iat: issued,
          exp: issued + 864_000,
          jti: randomBytes(4).toString('hex'),
        }),
        refresh_token: refreshToken,
        token_type: 'Bearer',
        expires_in: 864_000,
      },
    };
  };

  const authorize = ({ query }: VendorRequest): VendorAnswer => {
    const optional = OPTIONAL_MEMBERS.filter((name) => query.has(name));
    const wrong = wrongMembers(query, [...AUTHORIZE_MEMBERS, ...optional]);
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!/^http:\/\/localhost:\d+\/auth\/callback$/.test(redirectUri)) wrong.push('redirect_uri is not registered');
    if (query.get('client_id') !== CODEX_CLIENT_ID) wrong.push('client_id is unknown');
    if (query.get('originator') !== 'cliproxyctl') wrong.push('originator is not the own name');
    if (query.get('code_challenge_method') !== 'S256') wrong.push('code_challenge_method');
    if (wrong.length > 0) return { status: 400, body: wrong.join(', ') };
    const state = query.get('state') ?? '';
    const code = grants.issueCode({
      clientId: CODEX_CLIENT_ID,
      redirectUri,
      challenge: query.get('code_challenge') ?? '',
      state,
    });
    const location = new URL(redirectUri);
    location.searchParams.set('code', code);
    location.searchParams.set('state', state);
    return { status: 302, headers: { location: location.href }, body: '' };
  };

  const token = (request: VendorRequest): VendorAnswer => {
    const type = request.headers['content-type'];
    const form = type === 'application/json' ? new URLSearchParams(Object.entries(asTexts(request))) : request.form();
    const text = (name: string): string => form.get(name) ?? '';
    if (text('client_id') !== CODEX_CLIENT_ID)
      return { status: 401, body: { error: { code: 'invalid_client', message: '' } } };
    if (text('grant_type') === 'refresh_token') {
      const outcome = grants.redeemRefresh(text('refresh_token'));
      if (typeof outcome === 'object') return tokens(outcome.next);
      const code = outcome === 'reused' ? 'refresh_token_reused' : 'refresh_token_invalidated';
      return {
        status: 401,
        body: { error: { code, message: `refresh token ${text('refresh_token')} is ${outcome}` } },
      };
    }
    if (type !== 'application/x-www-form-urlencoded') return { status: 415, body: { error: 'invalid_request' } };
    const consent = grants.redeemCode({
      code: text('code'),
      clientId: text('client_id'),
      redirectUri: text('redirect_uri'),
      verifier: text('code_verifier'),
    });
    if (typeof consent === 'object') return tokens(grants.startChain());
    return { status: 400, body: { error: 'invalid_grant', error_description: `${consent}: ${text('code')}` } };
  };

  const userCode = (request: VendorRequest): VendorAnswer => {
    if (request.json()['client_id'] !== CODEX_CLIENT_ID) return { status: 400, body: { error: 'invalid_client' } };
    const id = `da_${randomBytes(4).toString('hex')}`;
    const device = { userCode: `ABCD-${randomBytes(2).toString('hex').toUpperCase()}` };
    devices.set(id, device);
    return { body: { device_auth_id: id, user_code: device.userCode, interval: '5' } };
  };

  const deviceToken = (request: VendorRequest): VendorAnswer => {
    const { device_auth_id: id, user_code: code } = request.json();
    const device = devices.get(String(id));
    if (device === undefined || device.userCode !== code) return { status: 400, body: { error: 'invalid_request' } };
    if (device.grant === undefined) return { status: 403, body: {} };
    devices.delete(String(id));
    return {
      body: { authorization_code: device.grant.code, code_verifier: device.grant.verifier, code_challenge: '' },
    };
  };

  const revoke = (request: VendorRequest): VendorAnswer => {
    const { token: revoked, token_type_hint: hint, client_id: client } = request.json();
    const isRight = hint === 'refresh_token' && client === CODEX_CLIENT_ID && grants.revoke(String(revoked));
    return isRight
      ? {}
      : { status: 400, body: { error: 'invalid_request', error_description: `no ${String(revoked)}` } };
  };

  const server = await startVendorServer({
    'GET /oauth/authorize': authorize,
    'POST /oauth/token': token,
    'POST /oauth/revoke': revoke,
    'POST /api/accounts/deviceauth/usercode': userCode,
    'POST /api/accounts/deviceauth/token': deviceToken,
  });
  const fake: CodexFake = {
    ...server,
    grants,
    account: { email: 'ann@example.com', id: 'acc-1111', plan: 'plus' },
    endpoints: { issuer: server.url },
    approveDevice(code) {
      const device = [...devices.values()].find((each) => each.userCode === code);
      if (device === undefined) throw new Error(`no device waits with ${code}`);
      const verifier = randomBytes(32).toString('base64url');
      device.grant = {
        verifier,
        code: grants.issueCode({
          clientId: CODEX_CLIENT_ID,
          redirectUri: `${server.url}/deviceauth/callback`,
          challenge: createHash('sha256').update(verifier).digest('base64url'),
          state: '',
        }),
      };
    },
  };
  return fake;
}

const asTexts = (request: VendorRequest): Record<string, string> =>
  Object.fromEntries(Object.entries(request.json()).map(([name, value]) => [name, String(value)]));
