import { USER_AGENT } from '../../../../../src/shared/version.js';
import { OWN_CLIENT, startGoogleFake } from '../../../../support/oauth/google.js';
import type { AccountContract } from '../../../../support/provider-contract-types.js';
import { startSimulatedUpstream } from '../../../../support/upstream.js';
import { startFront } from '../../../../support/vendors/front.js';
import { makeServiceAccount } from '../../../../support/vendors/google.js';
import { catalogueOf, failuresOf, openingOf } from './replies.js';

const MODEL = 'gemini-3-flash-preview';
const TOKEN = 'ya29.a-token-that-is-good-for-now';
const TOKEN_ROUTE = 'POST /token';
const FILE = {
  type: 'gemini',
  access_token: TOKEN,
  email: 'ann@example.com',
  project_id: 'my-project',
  client_id: OWN_CLIENT.id,
  client_secret: OWN_CLIENT.secret,
};

const good = ({ access, refresh }: { access: string; refresh?: string }) => ({
  body: { access_token: access, expires_in: 3599, ...(refresh === undefined ? {} : { refresh_token: refresh }) },
});

const refusal = (code: number, status: string, message: string) => ({
  status: code,
  body: { error: { code, message, status } },
});

/** The Gemini API by Google login: a bearer token, a project that pays, and no key. */
async function startFakeGemini() {
  const inner = await startSimulatedUpstream({
    kind: 'gemini-generate',
    apiKey: 'inner',
    models: [MODEL, ...catalogueOf('gemini')],
  });
  const front = await startFront({
    isInference: () => true,
    handle({ path, query, headers }) {
      const { authorization, 'x-goog-api-key': key, 'x-goog-user-project': project } = headers;
      if (headers['user-agent'] !== USER_AGENT) return refusal(403, 'PERMISSION_DENIED', 'not our User-Agent');
      if (key !== undefined) return refusal(400, 'INVALID_ARGUMENT', 'two credentials');
      if (authorization !== `Bearer ${TOKEN}`) return refusal(401, 'UNAUTHENTICATED', 'invalid credentials');
      if (project !== 'my-project') return refusal(403, 'PERMISSION_DENIED', 'a quota project is required');
      return { url: `${inner.origin}${path}?${query}`, headers: { 'x-goog-api-key': 'inner' } };
    },
  });
  return { origin: front.origin, close: async () => void (await Promise.all([front.close(), inner.close()])) };
}

export const gemini: AccountContract = {
  kind: 'account',
  renews: true,
  model: MODEL,
  isInference: (path) => /:(streamGenerateContent|generateContent)$/.test(path),
  failure: failuresOf('gemini-generate'),
  opening: openingOf('gemini-generate'),
  async start() {
    const [vendor, login] = await Promise.all([startFakeGemini(), startGoogleFake()]);
    login.next(TOKEN_ROUTE, good({ access: TOKEN }));
    return {
      origin: vendor.origin,
      settings: (origin) => `oauth-upstream: { gemini: '${origin}/v1beta' }
oauth-endpoints: { gemini: { token: '${login.endpoints['token']}' } }
`,
      file: FILE,
      stale: { ...FILE, access_token: 'ya29.a-token-that-ran-out-before', refresh_token: '1//refresh-token' },
      close: async () => void (await Promise.all([vendor.close(), login.close()])),
    };
  },
  files: [
    {
      name: 'a login',
      fields: { ...FILE, refresh_token: '1//refresh-token', expired: '2026-11-01T16:00:00Z' },
      facts: { label: 'ann@example.com', canRefresh: true, expiresAt: Date.parse('2026-11-01T16:00:00Z') },
    },
    {
      name: 'a service account, which makes its own tokens',
      fields: { type: 'gemini', project_id: 'demo-project', service_account: makeServiceAccount().file },
      facts: { label: 'demo-project', canRefresh: false },
    },
  ],
  broken: [
    { name: 'without a token', fields: { ...FILE, access_token: '' }, names: /access_token/ },
    { name: 'with a project that is no id', fields: { ...FILE, project_id: 'a/b' }, names: /project_id/ },
    {
      name: 'with a key that is none',
      fields: {
        type: 'gemini',
        service_account: { ...makeServiceAccount().file, private_key: 'not-a-key-but-secret' },
      },
      names: /private_key/,
    },
    {
      name: 'a login of Gemini CLI, for another API',
      fields: { type: 'gemini', token: { access_token: 'ya29.of-another-program-altogether' } },
      names: /Gemini CLI/,
    },
  ],
  async desk() {
    const login = await startGoogleFake();
    login.refreshTokens.add('1//refresh-token');
    return {
      endpoints: login.endpoints,
      fields: { ...FILE, refresh_token: '1//refresh-token', expired: '2026-11-01T16:00:00Z' },
      asked: () => login.requests.filter(({ route }) => route === TOKEN_ROUTE).length,
      next: (...answers) => login.next(TOKEN_ROUTE, ...answers),
      good,
      close: login.close,
    };
  },
};
