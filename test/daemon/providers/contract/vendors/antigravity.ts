import { openGoogleDesk } from '../../../../support/oauth/google-desk.js';
import { startVendorServer } from '../../../../support/oauth/vendor-server.js';
import type { AccountContract } from '../../../../support/provider-contract-types.js';
import {
  ANTIGRAVITY_TOKEN,
  antigravityFile,
  ownClient,
  startFakeAntigravity,
} from '../../../../support/vendors/antigravity.js';
import { startAntigravityInference } from '../../../../support/vendors/antigravity-inference.js';
import { failuresOf, openingOf } from './replies.js';

const MODEL = 'gemini-3-flash';
const TOKEN_ROUTE = 'POST /token';
const OWN = { client_id: ownClient.clientId, client_secret: ownClient.clientSecret };

const good = ({ access, refresh }: { access: string; refresh?: string }) => ({
  body: { access_token: access, expires_in: 3599, ...(refresh === undefined ? {} : { refresh_token: refresh }) },
});

/** Google's token endpoint alone, for the user's own client. */
async function startTokens() {
  const google = openGoogleDesk({ scopes: [], redirectPath: '/oauth-callback' });
  google.refreshTokens.add('1//antigravity-test');
  const server = await startVendorServer({ [TOKEN_ROUTE]: (request) => google.token(request.form()) });
  return { ...server, endpoint: `${server.url}/token` };
}

/** Each event of a stream of Gemini's in the service's wrapping. */
const wrapped = (text: string): string => text.replaceAll(/^data: (\{.*\})$/gm, 'data: {"response":$1}');

export const antigravity: AccountContract = {
  kind: 'account',
  renews: true,
  model: MODEL,
  isInference: (path) => path.endsWith(':streamGenerateContent'),
  failure: failuresOf('gemini-generate'),
  opening: openingOf('gemini-generate').map(wrapped),
  async start() {
    const inference = await startAntigravityInference([MODEL]);
    const [vendor, tokens] = await Promise.all([startFakeAntigravity(inference.answer), startTokens()]);
    tokens.next(TOKEN_ROUTE, good({ access: ANTIGRAVITY_TOKEN }));
    const { daily = '', api = '' } = vendor.endpoints;
    return {
      origin: vendor.origin,
      settings(origin) {
        const [first, second] = [daily, api].map((url) => url.replace(vendor.origin, origin));
        return `antigravity: { enabled: true }
oauth-endpoints: { antigravity: { daily: '${first}', api: '${second}', token: '${tokens.endpoint}' } }
`;
      },
      file: antigravityFile(OWN),
      stale: antigravityFile({ ...OWN, access_token: 'ya29.a-token-that-ran-out-before' }),
      close: async () => void (await Promise.all([vendor.close(), inference.close(), tokens.close()])),
    };
  },
  files: [
    {
      name: 'as other gateways write it',
      fields: antigravityFile(),
      facts: { label: 'ann@example.com', canRefresh: true, expiresAt: Date.parse('2099-01-01T00:00:00Z') },
    },
    {
      name: 'whose end is told by its time of issue',
      fields: { ...antigravityFile(), expired: '', timestamp: 1_790_000_000_000, expires_in: 3600 },
      facts: { expiresAt: 1_790_003_600_000 },
    },
    {
      name: 'that has nothing to renew it with',
      fields: { type: 'antigravity', access_token: 'ya29.a-token-alone', project_id: 'demo-project' },
      facts: { label: 'demo-project', canRefresh: false },
    },
  ],
  broken: [
    { name: 'without any token', fields: { type: 'antigravity', email: 'ann@example.com' }, names: /access_token/ },
    { name: 'with a project that is no id', fields: antigravityFile({ project_id: 'a/b' }), names: /project_id/ },
  ],
  async desk() {
    const tokens = await startTokens();
    return {
      endpoints: { token: tokens.endpoint },
      fields: antigravityFile({ ...OWN, expired: '2026-01-01T00:00:00Z' }),
      asked: () => tokens.requests.filter(({ route }) => route === TOKEN_ROUTE).length,
      next: (...answers) => tokens.next(TOKEN_ROUTE, ...answers),
      good,
      close: tokens.close,
    };
  },
};
