import { isObject, type JsonObject, type JsonValue } from '../../../src/daemon/ir/json.js';
import { USER_AGENT } from '../../../src/shared/version.js';
import { type GoogleDesk, OWN_CLIENT, openGoogleDesk } from '../oauth/google-desk.js';
import type { VendorAnswer as DeskAnswer } from '../oauth/vendor-server.js';
import { type Forward, type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';

export const ANTIGRAVITY_TOKEN = 'ya29.antigravity-test';
export const ANTIGRAVITY_PROJECT = 'bright-cove-1234';

/** A credential file as related gateways write it. */
export const antigravityFile = (more: JsonObject = {}): JsonObject => ({
  type: 'antigravity',
  access_token: ANTIGRAVITY_TOKEN,
  refresh_token: '1//antigravity-test',
  expires_in: 3599,
  timestamp: 4_070_905_200_000,
  expired: '2099-01-01T00:00:00Z',
  email: 'ann@example.com',
  project_id: ANTIGRAVITY_PROJECT,
  ...more,
});

export const ownClient = { clientId: OWN_CLIENT.id, clientSecret: OWN_CLIENT.secret };

const RPC = 'type.googleapis.com/google.rpc.';

export const errorInfo = (reason: string, metadata?: JsonObject): JsonObject => ({
  '@type': `${RPC}ErrorInfo`,
  reason,
  domain: 'cloudcode-pa.googleapis.com',
  ...(metadata === undefined ? {} : { metadata }),
});

export const retryInfo = (retryDelay: string): JsonObject => ({ '@type': `${RPC}RetryInfo`, retryDelay });

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** A refusal in the shape of google.rpc. */
export const rpcError = (code: number, message: string, details?: readonly JsonObject[]): VendorAnswer => ({
  status: code,
  body: {
    error: { code, message, status: STATUS_NAMES[code] ?? 'UNKNOWN', ...(details === undefined ? {} : { details }) },
  },
});

export interface FakeAntigravity extends Front {
  readonly google: GoogleDesk;
  /** As `oauth-endpoints.antigravity`: two hosts, and Google's OAuth. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Access tokens that are good, beside those that the desk gave. */
  readonly tokens: Set<string>;
  /** What `loadCodeAssist` knows of the account. */
  account: JsonObject;
  /** What `onboardUser` makes; `undefined`: it ends without one. */
  onboarded: JsonValue | undefined;
  /** How often `onboardUser` is still at it. */
  pendingRounds: number;
  models: VendorAnswer;
}

export const modelEntry = (remaining: number | undefined, more: JsonObject = {}): JsonObject => ({
  displayName: 'A model',
  supportsImages: true,
  supportsVideo: false,
  maxTokens: 1_048_576,
  maxOutputTokens: 65_536,
  quotaInfo: {
    ...(remaining === undefined ? {} : { remainingFraction: remaining }),
    resetTime: '2027-01-02T03:04:05Z',
  },
  ...more,
});

const SCOPE = 'https://www.googleapis.com/auth/';
const BASIC = ['cloud-platform', 'userinfo.email', 'userinfo.profile'].map((name) => SCOPE + name);
export const WITHHELD_SCOPES = ['cclog', 'experimentsandconfigs'].map((name) => SCOPE + name);

const PATH = '/v1internal:';

/**
 * Google's service behind Antigravity, on two hosts, with Google's OAuth: strict about who asks and what for.
 * `inference`: answers what passed the checks.
 */
export async function startFakeAntigravity(
  inference: (request: SeenRequest) => VendorAnswer | Forward = () => rpcError(500, 'nothing is generated here'),
): Promise<FakeAntigravity> {
  const google = openGoogleDesk({ scopes: [[...BASIC, ...WITHHELD_SCOPES], BASIC], redirectPath: '/oauth-callback' });
  google.refreshTokens.add('1//antigravity-test');
  const settings: Pick<FakeAntigravity, 'tokens' | 'account' | 'onboarded' | 'pendingRounds' | 'models'> = {
    tokens: new Set([ANTIGRAVITY_TOKEN]),
    account: { cloudaicompanionProject: ANTIGRAVITY_PROJECT, currentTier: { id: 'free-tier' } },
    onboarded: { id: ANTIGRAVITY_PROJECT },
    pendingRounds: 0,
    models: { status: 200, body: { models: { 'gemini-3-flash': modelEntry(0.75) } } },
  };
  const front = await startFront({
    isInference: ({ path }) => /:(generateContent|streamGenerateContent|countTokens)$/.test(path),
    handle(request) {
      const { path } = request;
      if (path === '/oauth/authorize') return fromDesk(google.authorize(request.query));
      if (request.headers['user-agent'] !== USER_AGENT) return rpcError(403, 'a client says its own name');
      if (path.startsWith('/google/')) return answerGoogle(fake, request);
      return identityFault(request) ?? tokenFault(fake, request) ?? answerService(fake, request, inference);
    },
  });
  const fake: FakeAntigravity = Object.assign(settings, front, {
    google,
    endpoints: {
      authorize: `${front.origin}/oauth/authorize`,
      token: `${front.origin}/google/token`,
      userinfo: `${front.origin}/google/userinfo?alt=json`,
      revoke: `${front.origin}/google/revoke`,
      daily: `${front.origin}/daily`,
      api: `${front.origin}/main`,
    },
  });
  return fake;
}

const fromDesk = ({ status = 200, headers = {}, body }: DeskAnswer): VendorAnswer => ({ status, headers, body });

function answerGoogle(fake: FakeAntigravity, request: SeenRequest): VendorAnswer {
  const { path, method, query, body } = request;
  const form = new URLSearchParams(
    Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
  );
  switch (`${method} ${path}`) {
    case 'POST /google/token':
      return fromDesk(fake.google.token(form));
    case 'POST /google/revoke':
      return fromDesk(fake.google.revoke(form));
    case 'GET /google/userinfo':
      if (query.get('alt') !== 'json') return rpcError(400, 'alt');
      return tokenFault(fake, request) ?? { status: 200, body: { email: fake.google.email } };
    default:
      return rpcError(404, `no ${method} ${path}`);
  }
}

/** What would claim to be another program, wherever it stands. */
function identityFault({ headers, body }: SeenRequest): VendorAnswer | undefined {
  const foreign = Object.keys(headers).find((name) => /^x-(goog-api-client|client-name|client-version)$/.test(name));
  if (foreign !== undefined) return rpcError(403, `not ours to say: ${foreign}`);
  const { userAgent, metadata } = body;
  if (userAgent !== undefined && userAgent !== 'cliproxyctl') return rpcError(403, `userAgent ${userAgent}`);
  const kinds = isObject(metadata) ? metadata : {};
  const isNamed = ['ideType', 'platform'].some((name) => !String(kinds[name] ?? 'UNSPECIFIED').endsWith('UNSPECIFIED'));
  return isNamed ? rpcError(403, 'metadata names another program') : undefined;
}

function tokenFault({ google, tokens }: FakeAntigravity, { headers }: SeenRequest): VendorAnswer | undefined {
  const [scheme, token = ''] = (headers.authorization ?? '').split(' ');
  if (scheme === 'Bearer' && (tokens.has(token) || google.issued.has(token))) return undefined;
  return rpcError(401, 'Request had invalid authentication credentials.', [errorInfo('ACCESS_TOKEN_EXPIRED')]);
}

function answerService(
  fake: FakeAntigravity,
  request: SeenRequest,
  inference: (request: SeenRequest) => VendorAnswer | Forward,
): VendorAnswer | Forward {
  const { path, method, headers } = request;
  const [, host = '', call = ''] = /^\/(daily|main)\/v1internal:(\w+)$/.exec(path) ?? [];
  if (method !== 'POST' || host === '') return rpcError(404, `no ${method} ${path}`);
  if (headers['content-type'] !== 'application/json') return rpcError(400, 'no JSON');
  switch (call) {
    case 'loadCodeAssist':
      return host === 'main' ? loadAccount(fake, request.body) : rpcError(404, `${call} is on the other host`);
    case 'onboardUser':
      return host === 'daily' ? onboard(fake, request.body) : rpcError(404, `${call} is on the other host`);
    case 'fetchAvailableModels': {
      const unknown = Object.keys(request.body).filter((name) => name !== 'project');
      return unknown.length > 0 ? rpcError(400, `Unknown name "${unknown[0]}"`) : fake.models;
    }
    default:
      return inference(request);
  }
}

const METADATA = { ideType: 'IDE_UNSPECIFIED', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' };

const isMetadata = (value: JsonValue | undefined): boolean => JSON.stringify(value) === JSON.stringify(METADATA);

function loadAccount({ account }: FakeAntigravity, body: JsonObject): VendorAnswer {
  if (Object.keys(body).join() !== 'metadata' || !isMetadata(body['metadata'])) return rpcError(400, 'metadata');
  return { status: 200, body: account };
}

/** A long-running operation, asked for and asked after by the same call. */
function onboard(fake: FakeAntigravity, body: JsonObject): VendorAnswer {
  if (Object.keys(body).toSorted().join() !== 'metadata,tierId' || !isMetadata(body['metadata'])) {
    return rpcError(400, 'members');
  }
  const { allowedTiers, currentTier } = fake.account;
  const known = [...(Array.isArray(allowedTiers) ? allowedTiers : []), currentTier, { id: 'free-tier' }];
  if (!known.some((tier) => isObject(tier) && tier['id'] === body['tierId'])) return rpcError(400, 'tierId');
  if (fake.pendingRounds > 0) {
    fake.pendingRounds -= 1;
    return { status: 200, body: { name: 'operations/1', done: false } };
  }
  const { onboarded } = fake;
  const response = onboarded === undefined ? {} : { cloudaicompanionProject: onboarded };
  return { status: 200, body: { name: 'operations/1', done: true, response } };
}

/** The service's calls so far, as `host call`. */
export const callsOf = ({ seen }: FakeAntigravity): string[] =>
  seen.flatMap(({ path }) => (path.includes(PATH) ? path.slice(1).replace(`/${PATH.slice(1)}`, ' ') : []));
