import { startCodexFake } from '../../../../support/oauth/codex.js';
import type { AccountContract } from '../../../../support/provider-contract-types.js';
import { CODEX_TOKEN, codexFile, codexToken, startFakeCodex } from '../../../../support/vendors/codex.js';
import { catalogueOf, failuresOf, openingOf } from './replies.js';

const MODEL = 'gpt-5.5';
const TOKEN_ROUTE = 'POST /oauth/token';
const STALE = codexToken({ exp: 4_000_000_000, jti: 'stale' });

const good = ({ access, refresh }: { access: string; refresh?: string }) => ({
  body: { access_token: access, ...(refresh === undefined ? {} : { refresh_token: refresh }) },
});

export const codex: AccountContract = {
  kind: 'account',
  renews: true,
  spendsRefreshTokens: true,
  model: MODEL,
  isInference: (path) => path.endsWith('/codex/responses'),
  failure: failuresOf('openai-responses'),
  opening: openingOf('openai-responses'),
  async start() {
    const [vendor, login] = await Promise.all([startFakeCodex([MODEL, ...catalogueOf('codex')]), startCodexFake()]);
    vendor.models = { status: 200, body: { models: [{ slug: MODEL, visibility: 'list', supported_in_api: true }] } };
    login.next(TOKEN_ROUTE, good({ access: CODEX_TOKEN }));
    return {
      origin: vendor.origin,
      settings: (origin) =>
        `oauth-endpoints: { codex: { api: '${origin}/backend-api', issuer: '${login.endpoints['issuer']}' } }\n`,
      file: codexFile(),
      stale: { ...codexFile(), access_token: STALE, refresh_token: login.grants.startChain() },
      close: async () => void (await Promise.all([vendor.close(), login.close()])),
    };
  },
  files: [
    {
      name: 'as this and other gateways write it',
      fields: { ...codexFile(), expired: '2026-11-11T10:00:00Z', last_refresh: '2026-11-01T10:00:00Z' },
      facts: {
        label: 'ann@example.com',
        plan: 'plus',
        canRefresh: true,
        expiresAt: Date.parse('2026-11-11T10:00:00Z'),
      },
    },
    {
      name: 'without a time, which the token itself tells',
      fields: codexFile(),
      facts: { expiresAt: 4_000_000_000_000 },
    },
  ],
  broken: [{ name: 'without a token', fields: { ...codexFile(), access_token: '' }, names: /access_token/ }],
  async desk() {
    const login = await startCodexFake();
    return {
      endpoints: login.endpoints,
      fields: { ...codexFile(), refresh_token: login.grants.startChain() },
      asked: () => login.requests.filter(({ route }) => route === TOKEN_ROUTE).length,
      next: (...answers) => login.next(TOKEN_ROUTE, ...answers),
      good,
      close: login.close,
    };
  },
};
