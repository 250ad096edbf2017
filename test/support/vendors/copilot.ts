import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { USER_AGENT } from '../../../src/shared/version.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../upstream.js';
import { type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';

const GITHUB_TOKEN = 'ghu_test_token';

export const copilotFile = (more: JsonObject = {}): JsonObject => ({
  type: 'github-copilot',
  access_token: GITHUB_TOKEN,
  username: 'ann',
  ...more,
});

export interface FakeCopilot extends Front {
  /** Answers of GitHub's own calls. */
  exchange: (count: number) => VendorAnswer;
  user: VendorAnswer;
  models: VendorAnswer;
  graphql: VendorAnswer;
  limits: Record<string, string>;
}

export const exchangeAnswer = (token: string, more: JsonObject = {}): VendorAnswer => ({
  status: 200,
  body: { token, expires_at: 4_000_000_000, refresh_in: 1500, endpoints: {}, ...more },
});

const plain = (status: number, code: string, message: string): VendorAnswer => ({
  status,
  body: { error: { code, message } },
});

/** GitHub and the Copilot API in one, strict about who says what of itself. */
export async function startFakeCopilot(models: Readonly<Record<string, string>>): Promise<FakeCopilot> {
  const dialects = await startDialects(models);
  const settings = {
    exchange: (count: number): VendorAnswer => exchangeAnswer(`tid=${count}`),
    user: { status: 200, body: { copilot_plan: 'individual', quota_snapshots: {} } } as VendorAnswer,
    models: { status: 200, body: { data: [] } } as VendorAnswer,
    graphql: { status: 200, body: { data: { viewer: { copilotEndpoints: {} } } } } as VendorAnswer,
    limits: {} as Record<string, string>,
  };
  let exchanges = 0;
  let valid: string | undefined;
  const front = await startFront({
    isInference: ({ path, method }) => method === 'POST' && path !== '/graphql',
    handle(request) {
      const { path, headers } = request;
      if (headers['user-agent'] !== USER_AGENT)
        return plain(403, 'agent', `not our User-Agent: ${headers['user-agent']}`);
      if (path === '/copilot_internal/v2/token' || path === '/copilot_internal/user') {
        if (headers.authorization !== `token ${GITHUB_TOKEN}`) return plain(401, 'bad', 'Bad credentials');
        if (path === '/copilot_internal/user') return settings.user;
        exchanges++;
        const answer = settings.exchange(exchanges);
        const { token } = answer.body as { token?: string };
        valid = token;
        return answer;
      }
      if (path === '/graphql') return settings.graphql;
      if (headers.authorization !== `Bearer ${valid ?? GITHUB_TOKEN}`)
        return plain(401, 'unauthorized', 'token expired');
      const fault = faultOf(request);
      if (fault !== undefined) return plain(400, 'bad_request', fault);
      if (path === '/models') return settings.models;
      const dialect = DIALECT_OF[path];
      const upstream = dialect === undefined ? undefined : dialects[dialect];
      if (upstream === undefined) return plain(404, 'not_found', `no ${path}`);
      return {
        url: upstream.origin + (path === '/v1/messages' ? path : `/v1${path}`),
        headers: INNER,
        replyHeaders: settings.limits,
      };
    },
  });
  return Object.assign(settings, front, {
    close: async () => {
      await front.close();
      await Promise.all(Object.values(dialects).map((dialect) => dialect.close()));
    },
  });
}

const INNER = { authorization: 'Bearer inner', 'x-api-key': 'inner', 'anthropic-version': '2023-06-01' };

const DIALECT_OF: Readonly<Record<string, 'openai-chat' | 'openai-responses' | 'anthropic-messages'>> = {
  '/chat/completions': 'openai-chat',
  '/responses': 'openai-responses',
  '/v1/messages': 'anthropic-messages',
};

/** `models`: which model each kind serves. */
async function startDialects(models: Readonly<Record<string, string>>): Promise<Record<string, SimulatedUpstream>> {
  const kinds = ['openai-chat', 'openai-responses', 'anthropic-messages'] as const;
  const started = await Promise.all(
    kinds.map((kind) => {
      const model = models[kind];
      return startSimulatedUpstream({ kind, apiKey: 'inner', ...(model === undefined ? {} : { models: [model] }) });
    }),
  );
  return Object.fromEntries(kinds.map((kind, at) => [kind, started[at] as SimulatedUpstream]));
}

/** What Copilot refuses, or would be untrue; `undefined` when all is well. */
function faultOf({ headers, body, path, method }: SeenRequest): string | undefined {
  if (headers['editor-version'] !== USER_AGENT) return 'missing Editor-Version header for IDE auth';
  if (headers['copilot-integration-id'] !== undefined && headers['copilot-integration-id'] !== 'ours') {
    return 'an integration id that is not ours';
  }
  if (method !== 'POST') return undefined;
  if (!['user', 'agent'].includes(String(headers['x-initiator']))) return 'x-initiator is missing';
  if (/context-1m|oauth-|claude-code-/.test(String(headers['anthropic-beta']))) return 'a beta that is not for Copilot';
  if (/^copilot-|\/|\(/.test(String(body['model']))) return 'The requested model is not supported';
  const text = JSON.stringify(body);
  const hasImage = /"type":"(image|image_url|input_image)"/.test(text);
  if (hasImage !== (headers['copilot-vision-request'] === 'true')) return 'copilot-vision-request is wrong';
  if (path === '/responses' && body['service_tier'] !== undefined) return 'service_tier is not supported';
  return undefined;
}
