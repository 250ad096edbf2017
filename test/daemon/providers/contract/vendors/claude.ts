import { startClaudeFake } from '../../../../support/oauth/claude.js';
import type { AccountContract } from '../../../../support/provider-contract-types.js';
import { CLAUDE_TOKEN, startFakeClaude } from '../../../../support/vendors/claude.js';
import { catalogueOf, failuresOf, openingOf } from './replies.js';

const MODEL = 'claude-sonnet-4-5-20250929';
const AT = Date.parse('2026-11-01T16:00:00Z');
const FILE = { type: 'claude', access_token: CLAUDE_TOKEN, email: 'ann@example.com' };
const TOKEN_ROUTE = 'POST /v1/oauth/token';

const good = ({ access, refresh }: { access: string; refresh?: string }) => ({
  body: { access_token: access, expires_in: 28_800, ...(refresh === undefined ? {} : { refresh_token: refresh }) },
});

export const claude: AccountContract = {
  kind: 'account',
  renews: true,
  spendsRefreshTokens: true,
  model: MODEL,
  keepsThoughts: 'anthropic-messages',
  isInference: (path) => path.endsWith('/v1/messages'),
  failure: failuresOf('anthropic-messages'),
  opening: openingOf('anthropic-messages'),
  async start() {
    const [vendor, login] = await Promise.all([startFakeClaude([MODEL, ...catalogueOf('claude')]), startClaudeFake()]);
    vendor.usage = { status: 200, body: { five_hour: { utilization: 12, resets_at: '2026-11-01T18:00:00Z' } } };
    login.next(TOKEN_ROUTE, good({ access: CLAUDE_TOKEN }));
    return {
      origin: vendor.origin,
      settings: (origin) => `oauth-client-policy: { claude: any }
oauth-upstream: { claude: '${origin}' }
oauth-endpoints: { claude: { api: '${origin}', token: '${login.endpoints['token']}' } }
`,
      file: FILE,
      stale: { ...FILE, access_token: 'sk-ant-oat01-stale-token', refresh_token: login.grants.startChain() },
      close: async () => void (await Promise.all([vendor.close(), login.close()])),
    };
  },
  files: [
    {
      name: 'as this and other gateways write it',
      fields: { ...FILE, refresh_token: 'sk-ant-ort01-a', id_token: '', expired: '2026-11-01T18:00:00+02:00' },
      facts: { label: 'ann@example.com', canRefresh: true, expiresAt: AT },
    },
    {
      name: 'in camel case, with seconds',
      fields: { type: 'claude', accessToken: CLAUDE_TOKEN, refreshToken: 'sk-ant-ort01-a', expiresAt: AT / 1000 },
      facts: { canRefresh: true, expiresAt: AT },
    },
    { name: 'a setup token', fields: FILE, facts: { canRefresh: false } },
  ],
  broken: [
    { name: 'without a token', fields: { type: 'claude', refresh_token: 'sk-ant-ort01-a' }, names: /access_token/ },
  ],
  async desk() {
    const login = await startClaudeFake();
    return {
      endpoints: login.endpoints,
      fields: { ...FILE, refresh_token: login.grants.startChain() },
      asked: () => login.requests.filter(({ route }) => route === TOKEN_ROUTE).length,
      next: (...answers) => login.next(TOKEN_ROUTE, ...answers),
      good,
      close: login.close,
    };
  },
};
