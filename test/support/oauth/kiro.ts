import { randomBytes } from 'node:crypto';
import { openGrants, wrongMembers } from './grants.js';
import { startVendorServer, type VendorAnswer, type VendorRequest, type VendorServer } from './vendor-server.js';

const SCOPES = [
  'codewhisperer:completions',
  'codewhisperer:analysis',
  'codewhisperer:conversations',
  'codewhisperer:transformations',
  'codewhisperer:taskassist',
];
const AUTHORIZE_MEMBERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scopes',
  'state',
  'code_challenge',
  'code_challenge_method',
];
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const BUILDER_URL = 'https://view.awsapps.com/start';

export interface KiroFake extends VendorServer {
  /** As `oauth-endpoints.kiro`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Who logs in; changed by tests. */
  email: string | undefined;
  profiles: readonly { readonly arn: string; readonly profileName: string }[];
  /** A refresh token that the social service takes. */
  readonly socialToken: string;
  approveDevice(userCode: string): void;
}

interface Client {
  readonly secret: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
}

const refuse = (error: string, description = ''): VendorAnswer => ({
  status: 400,
  body: { error, error_description: description },
});

/** AWS's OIDC service and Kiro's own, as kiro.md §1 and §3 have them. */
export async function startKiroFake(): Promise<KiroFake> {
  const grants = openGrants('aorAAAAAG');
  const clients = new Map<string, Client>();
  const devices = new Map<string, { readonly clientId: string; readonly userCode: string; isApproved: boolean }>();
  const tokens = new Set<string>();
  const socialToken = `aorAAAAAG${'s'.repeat(120)}`;

  const issue = (refreshToken: string, more: Readonly<Record<string, unknown>> = {}): VendorAnswer => {
    const accessToken = `aoa${randomBytes(8).toString('hex')}`;
    tokens.add(accessToken);
    return { body: { accessToken, tokenType: 'Bearer', expiresIn: 3600, refreshToken, ...more } };
  };
  const isBearer = ({ headers }: VendorRequest): boolean => tokens.has((headers.authorization ?? '').slice(7));

  const register = (request: VendorRequest): VendorAnswer => {
    const { clientName, clientType, scopes, grantTypes, redirectUris = [], issuerUrl } = request.json();
    if (clientName !== 'cliproxyctl' || clientType !== 'public') return refuse('invalid_client_metadata', 'name');
    if (JSON.stringify(scopes) !== JSON.stringify(SCOPES)) return refuse('invalid_scope');
    const types = grantTypes as string[];
    const uris = redirectUris as string[];
    const isCode = types.includes('authorization_code');
    if (!types.includes('refresh_token') || isCode === types.includes(DEVICE_GRANT))
      return refuse('invalid_grant_type');
    if (isCode && (uris.length !== 1 || !/^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/.test(uris[0] ?? ''))) {
      return refuse('invalid_redirect_uri');
    }
    if (isCode && typeof issuerUrl !== 'string') return refuse('invalid_request', 'issuerUrl');
    const id = `client-${randomBytes(4).toString('hex')}`;
    const client = { secret: `secret-${randomBytes(8).toString('hex')}`, redirectUris: uris, grantTypes: types };
    clients.set(id, client);
    return { body: { clientId: id, clientSecret: client.secret, clientSecretExpiresAt: 4_000_000_000 } };
  };

  const authorize = ({ query }: VendorRequest): VendorAnswer => {
    const wrong = wrongMembers(query, AUTHORIZE_MEMBERS);
    const client = clients.get(query.get('client_id') ?? '');
    const redirectUri = query.get('redirect_uri') ?? '';
    if (client?.redirectUris.includes(redirectUri) !== true) wrong.push('redirect_uri is not registered');
    if (query.get('scopes') !== SCOPES.join(' ')) wrong.push('scopes are not the registered ones');
    if (query.get('code_challenge_method') !== 'S256') wrong.push('code_challenge_method');
    if (wrong.length > 0) return { status: 400, body: wrong.join(', ') };
    const state = query.get('state') ?? '';
    const challenge = query.get('code_challenge') ?? '';
    const code = grants.issueCode({ clientId: query.get('client_id') ?? '', redirectUri, challenge, state });
    const location = new URL(redirectUri);
    location.searchParams.set('code', code);
    location.searchParams.set('state', state);
    return { status: 302, headers: { location: location.href }, body: '' };
  };

  const device = (request: VendorRequest): VendorAnswer => {
    const { clientId, clientSecret, startUrl } = request.json();
    if (clients.get(String(clientId))?.secret !== clientSecret) return refuse('invalid_client');
    if (typeof startUrl !== 'string' || !startUrl.endsWith('/start')) return refuse('invalid_request', 'startUrl');
    const deviceCode = `dc-${randomBytes(4).toString('hex')}`;
    const userCode = `ABCD-${randomBytes(2).toString('hex').toUpperCase()}`;
    devices.set(deviceCode, { clientId: String(clientId), userCode, isApproved: false });
    const verificationUri = 'https://device.sso.us-east-1.amazonaws.com/';
    return {
      body: {
        deviceCode,
        userCode,
        verificationUri,
        verificationUriComplete: `${verificationUri}?user_code=${userCode}`,
        expiresIn: 600,
        interval: 1,
      },
    };
  };

  const token = (request: VendorRequest): VendorAnswer => {
    const body = request.json();
    const text = (name: string): string => String(body[name] ?? '');
    const client = clients.get(text('clientId'));
    if (client === undefined || client.secret !== text('clientSecret')) return refuse('invalid_client');
    const type = text('grantType');
    if (!client.grantTypes.includes(type)) return refuse('unauthorized_client');
    if (type === DEVICE_GRANT) {
      const waiting = devices.get(text('deviceCode'));
      if (waiting?.clientId !== text('clientId')) return refuse('invalid_grant');
      if (!waiting.isApproved) return refuse('authorization_pending');
      devices.delete(text('deviceCode'));
      return issue(grants.startChain());
    }
    const consent = grants.redeemCode({
      code: text('code'),
      clientId: text('clientId'),
      redirectUri: text('redirectUri'),
      verifier: text('codeVerifier'),
    });
    return typeof consent === 'object' ? issue(grants.startChain()) : refuse('invalid_grant', consent);
  };

  const server = await startVendorServer({
    'POST /client/register': register,
    'GET /oauth/authorize': authorize,
    'POST /device_authorization': device,
    'POST /token': token,
    'POST /refreshToken': (request) =>
      request.json()['refreshToken'] === socialToken
        ? issue('', { profileArn: 'arn:aws:codewhisperer:us-east-1:1:profile/SOCIAL' })
        : { status: 400, body: { message: `Invalid refresh token provided: ${request.json()['refreshToken']}` } },
    'POST /ListAvailableProfiles': (request) =>
      isBearer(request) ? { body: { profiles: fake.profiles, nextToken: null } } : { status: 403 },
    'GET /getUsageLimits': (request) =>
      isBearer(request) && request.query.get('isEmailRequired') === 'true'
        ? { body: { usageBreakdownList: [], userInfo: fake.email === undefined ? {} : { email: fake.email } } }
        : { status: 403, body: { message: 'no' } },
    'GET /userinfo': () => ({ status: 404 }),
  });
  const fake: KiroFake = {
    ...server,
    email: 'ann@example.com',
    profiles: [{ arn: 'arn:aws:codewhisperer:eu-central-1:1:profile/ONE', profileName: 'Dev' }],
    socialToken,
    endpoints: {
      oidc: server.url,
      authorize: `${server.url}/oauth/authorize`,
      api: server.url,
      refresh: `${server.url}/refreshToken`,
      userinfo: `${server.url}/userinfo`,
    },
    approveDevice(userCode) {
      const waiting = [...devices.values()].find((each) => each.userCode === userCode);
      if (waiting === undefined) throw new Error(`no device waits with ${userCode}`);
      waiting.isApproved = true;
    },
  };
  return fake;
}
