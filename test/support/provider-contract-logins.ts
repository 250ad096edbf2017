import { join } from 'node:path';
import { ALL_SCOPES, BASIC_SCOPES } from '../../src/daemon/providers/antigravity/oauth.js';
import { startClaudeFake } from './oauth/claude.js';
import { startCodexFake } from './oauth/codex.js';
import { startGitHubFake } from './oauth/github.js';
import { OWN_CLIENT, startGoogleFake } from './oauth/google.js';
import { openGoogleDesk } from './oauth/google-desk.js';
import { unsignedJwt } from './oauth/grants.js';
import { startKiloFake } from './oauth/kilo.js';
import { startKiroFake } from './oauth/kiro.js';
import { startVendorServer, type VendorRequest } from './oauth/vendor-server.js';
import { makeServiceAccount, openGoogleTokenDesk } from './vendors/google.js';

/** One way to log in to one provider, as a script goes it. */
export interface Way {
  readonly provider: string;
  readonly method: 'browser' | 'device' | 'token' | 'import';
  readonly flags?: readonly string[] | ((home: string) => readonly string[]);
  /** What stands in the token file. */
  readonly secret?: (desks: LoginDesks) => string;
  /** A code that is printed, and who takes it. */
  readonly code?: RegExp;
  readonly approve?: (desks: LoginDesks, code: string) => void;
}

export type LoginDesks = Awaited<ReturnType<typeof startLoginDesks>>;

const GITHUB_TOKEN = 'ghu_0123456789abcdefghij';
const KILO_TOKEN = 'eyJ.kilo-dashboard-key-0123456789.sig';
const ANTIGRAVITY_FILE = 'antigravity-of-another-gateway.json';
const ADC_TOKEN = '1//of-the-google-cloud-cli';
const PROJECT = ['--project-id', 'demo-project'] as const;

export const WAYS: readonly Way[] = [
  { provider: 'antigravity', method: 'browser' },
  {
    provider: 'antigravity',
    method: 'import',
    flags: (home) => ['--answer', `file=${join(home, ANTIGRAVITY_FILE)}`],
  },
  { provider: 'claude', method: 'browser' },
  { provider: 'claude', method: 'token', secret: () => 'sk-ant-oat01-setup-0123456789' },
  { provider: 'codex', method: 'browser' },
  {
    provider: 'codex',
    method: 'device',
    code: /ABCD-[0-9A-F]{4}/,
    approve: ({ codex }, code) => codex.approveDevice(code),
  },
  { provider: 'codex', method: 'import' },
  {
    provider: 'copilot',
    method: 'device',
    code: /WDJB-[0-9A-F]{4}/,
    approve: ({ github }, code) => github.approve(code),
  },
  { provider: 'copilot', method: 'token', secret: () => GITHUB_TOKEN },
  { provider: 'copilot', method: 'import' },
  { provider: 'kilo', method: 'device', code: /K7Q2-[0-9A-F]{4}/, approve: ({ kilo }, code) => kilo.approve(code) },
  { provider: 'kilo', method: 'token', secret: () => KILO_TOKEN },
  { provider: 'kilo', method: 'import' },
  { provider: 'kiro', method: 'browser' },
  {
    provider: 'kiro',
    method: 'device',
    code: /ABCD-[0-9A-F]{4}/,
    approve: ({ kiro }, code) => kiro.approveDevice(code),
  },
  { provider: 'kiro', method: 'token', secret: ({ kiro }) => kiro.socialToken },
  { provider: 'kiro', method: 'import' },
  { provider: 'gemini-oauth', method: 'browser', flags: PROJECT },
  { provider: 'gemini-oauth', method: 'import', flags: PROJECT },
  { provider: 'vertex', method: 'token', secret: ({ service }) => JSON.stringify(service.file) },
  { provider: 'vertex', method: 'import' },
];

/** The login desks of all vendors, each as strict as its own. */
export async function startLoginDesks() {
  const service = makeServiceAccount();
  const desk = openGoogleTokenDesk(service, Date.now);
  const [antigravity, claude, codex, github, kilo, kiro, google, tokens] = await Promise.all([
    startAntigravityDesk(),
    startClaudeFake(),
    startCodexFake(),
    startGitHubFake(Date.now),
    startKiloFake(Date.now),
    startKiroFake(),
    startGoogleFake(),
    startVendorServer({ 'POST /token': (request) => desk.answer(request.form(), request.headers['user-agent']) }),
  ]);
  github.addToken(GITHUB_TOKEN);
  kilo.addToken(KILO_TOKEN);
  const own = { clientId: OWN_CLIENT.id, clientSecret: OWN_CLIENT.secret };
  desk.refreshTokens.set(ADC_TOKEN, own);
  google.refreshTokens.add(ADC_TOKEN);
  const ownClient = { 'client-id': own.clientId, 'client-secret': own.clientSecret };
  return {
    claude,
    codex,
    github,
    kilo,
    kiro,
    google,
    service,
    settings: {
      antigravity: { enabled: true },
      'oauth-endpoints': {
        antigravity: antigravity.endpoints,
        claude: claude.endpoints,
        codex: codex.endpoints,
        'github-copilot': github.endpoints,
        kilo: kilo.endpoints,
        kiro: kiro.endpoints,
        gemini: google.endpoints,
        vertex: { token: `${tokens.url}/token` },
      },
      'oauth-upstream': { 'github-copilot': github.upstreamUrl },
      'oauth-clients': { gemini: ownClient, antigravity: ownClient },
    },
    /** What other programs have left in the person's home. */
    homeFiles: {
      '.codex/auth.json': JSON.stringify({
        auth_mode: 'chatgpt',
        OPENAI_API_KEY: null,
        tokens: {
          id_token: unsignedJwt({ email: 'cli@example.com' }),
          access_token: unsignedJwt({ exp: 4_000_000_000, jti: 'cli' }),
          refresh_token: 'rt_of-the-codex-cli',
          account_id: 'acc-2222',
        },
        last_refresh: '2026-11-01T10:00:00Z',
      }),
      '.config/github-copilot/apps.json': JSON.stringify({ 'github.com:Iv1': { oauth_token: GITHUB_TOKEN } }),
      '.local/share/kilo/auth.json': JSON.stringify({ kilo: { type: 'api', key: KILO_TOKEN } }),
      '.aws/sso/cache/kiro-auth-token.json': JSON.stringify({
        accessToken: 'aoa-of-the-kiro-ide',
        refreshToken: `aorAAAAAG${'i'.repeat(120)}`,
        profileArn: 'arn:aws:codewhisperer:us-east-1:1:profile/IDE',
        expiresAt: '2099-01-01T00:00:00Z',
        authMethod: 'social',
        provider: 'Google',
      }),
      '.config/gcloud/application_default_credentials.json': JSON.stringify({
        type: 'authorized_user',
        client_id: own.clientId,
        client_secret: own.clientSecret,
        refresh_token: ADC_TOKEN,
        quota_project_id: 'demo-project',
      }),
      [ANTIGRAVITY_FILE]: JSON.stringify({
        type: 'antigravity',
        access_token: 'ya29.of-another-gateway-0123456789',
        refresh_token: '1//of-another-gateway',
        email: 'bob@example.com',
        project_id: 'demo-project',
        expired: '2099-01-01T00:00:00Z',
      }),
    } as Readonly<Record<string, string>>,
    async close(): Promise<void> {
      await Promise.all(
        [antigravity, claude, codex, github, kilo, kiro, google, tokens].map((server) => server.close()),
      );
    },
  };
}

/** Google's OAuth as Antigravity's service has it, and what the service is asked of a new account. */
async function startAntigravityDesk() {
  const desk = openGoogleDesk({ scopes: [ALL_SCOPES, BASIC_SCOPES], redirectPath: '/oauth-callback' });
  const isBearer = ({ headers }: VendorRequest): boolean =>
    desk.issued.has((headers.authorization ?? '').replace('Bearer ', ''));
  const unknown = { status: 401, body: { error: { code: 401, message: 'unknown token', status: 'UNAUTHENTICATED' } } };
  const server = await startVendorServer({
    'GET /oauth/authorize': ({ query }) => desk.authorize(query),
    'POST /token': (request) => desk.token(request.form()),
    'GET /userinfo': (request) => (isBearer(request) ? { body: { email: desk.email } } : unknown),
    'POST /v1internal:loadCodeAssist': (request) =>
      isBearer(request) ? { body: { cloudaicompanionProject: 'demo-project' } } : unknown,
  });
  const { url, close } = server;
  return {
    close,
    endpoints: {
      authorize: `${url}/oauth/authorize`,
      token: `${url}/token`,
      userinfo: `${url}/userinfo`,
      api: url,
    },
  };
}
