import { isObject, type JsonObject, type JsonValue } from '../../../src/daemon/ir/json.js';
import { USER_AGENT, VERSION } from '../../../src/shared/version.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../upstream.js';
import { type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';

const KILO_TOKEN = 'eyJhbGciOi.test.kilo';

export const kiloFile = (more: JsonObject = {}): JsonObject => ({
  type: 'kilo',
  kilocodeToken: KILO_TOKEN,
  kilocodeOrganizationId: '',
  kilocodeModel: '',
  email: 'ann@example.com',
  ...more,
});

export interface FakeKilo extends Front {
  balance: number;
  organizations: readonly JsonObject[];
  models: readonly JsonValue[];
}

const refusal = (status: number, message: string, code: JsonValue = status): VendorAnswer => ({
  status,
  body: { error: { message, code } },
});

const DIALECTS = {
  '/api/gateway/chat/completions': 'openai-chat',
  '/api/gateway/responses': 'openai-responses',
  '/api/gateway/messages': 'anthropic-messages',
} as const;
const dialectOf = (path: string) => Object.entries(DIALECTS).find(([known]) => known === path)?.[1];

/** The Kilo gateway, strict about who says what of itself. `models`: which model each interface serves. */
export async function startFakeKilo(models: Readonly<Record<string, readonly string[]>>): Promise<FakeKilo> {
  const kinds = [...new Set(Object.values(DIALECTS))];
  const started = await Promise.all(
    kinds.map((kind) => startSimulatedUpstream({ kind, apiKey: 'inner', models: models[kind] ?? [] })),
  );
  const upstreams = new Map<string, SimulatedUpstream>(
    kinds.map((kind, at) => [kind, started[at] as SimulatedUpstream]),
  );
  const settings = {
    balance: 4.2,
    organizations: [{ id: 'org-0001', name: 'Acme', role: 'member' }] as readonly JsonObject[],
    models: [] as readonly JsonValue[],
  };
  const front = await startFront({
    isInference: ({ path }) => path in DIALECTS,
    handle(request) {
      const { path, headers } = request;
      if (headers['user-agent'] !== USER_AGENT) return refusal(403, `not our User-Agent: ${headers['user-agent']}`);
      const { authorization } = headers;
      if (authorization === undefined) {
        const named = ['organizationid', 'taskid'].find((name) => headers[`x-kilocode-${name}`] !== undefined);
        if (named !== undefined) return refusal(400, `x-kilocode-${named} without a login`);
        const isOpen = path === '/api/gateway/models' || isFreeModel(String(request.body['model']));
        if (!isOpen) return refusal(401, 'You need to sign in to use this model.', 'PAID_MODEL_AUTH_REQUIRED');
      } else if (authorization !== `Bearer ${KILO_TOKEN}`) return refusal(401, 'Invalid token');
      switch (path) {
        case '/api/profile':
          return { status: 200, body: { user: { email: 'ann@example.com' }, organizations: settings.organizations } };
        case '/api/profile/balance':
          return { status: 200, body: { balance: settings.balance } };
        case '/api/gateway/models':
          return { status: 200, body: { data: settings.models } };
        default: {
          const fault = faultOf(request);
          if (fault !== undefined) return refusal(400, fault);
          const kind = dialectOf(path);
          const upstream = kind === undefined ? undefined : upstreams.get(kind);
          if (upstream === undefined) return refusal(404, `no ${path}`);
          const inner = kind === 'anthropic-messages' ? '/v1/messages' : `/v1${path.slice('/api/gateway'.length)}`;
          const target = { url: upstream.origin + inner, headers: INNER };
          return kind === 'openai-chat' ? { ...target, body: plainBody(request.body), line: kiloLine } : target;
        }
      }
    },
  });
  return Object.assign(settings, front, {
    close: async () => {
      await front.close();
      await Promise.all(started.map((upstream) => upstream.close()));
    },
  });
}

const isFreeModel = (id: string): boolean =>
  id.endsWith(':free') || id === 'kilo-auto/free' || id === 'openrouter/free';

/** Kilo's chat is OpenRouter's: what it adds, the upstream behind it does not know. */
function plainBody({ reasoning, provider: _provider, ...body }: JsonObject): JsonObject {
  const effort = isObject(reasoning) ? reasoning['effort'] : undefined;
  const usage = body['stream'] === true ? { stream_options: { include_usage: true } } : {};
  return { ...body, ...usage, ...(effort === undefined ? {} : { reasoning_effort: effort }) };
}

const kiloLine = (line: string): string =>
  line.startsWith('data: {') ? `: KILO PROCESSING\n\n${line.replaceAll('"reasoning_content":', '"reasoning":')}` : line;

const INNER = { authorization: 'Bearer inner', 'x-api-key': 'inner', 'anthropic-version': '2023-06-01' };

/** What Kilo refuses, or would be untrue; `undefined` when all is well. */
function faultOf({ headers, body, path }: SeenRequest): string | undefined {
  if (headers['x-kilocode-editorname'] !== 'cliproxyctl') return 'the editor is not named';
  if (headers['x-kilocode-version'] !== VERSION) return 'not our version';
  for (const name of ['feature', 'projectid', 'tester', 'machineid']) {
    if (headers[`x-kilocode-${name}`] !== undefined) return `x-kilocode-${name} is not for us`;
  }
  const text = JSON.stringify(body);
  if (/web_search|"type":"item_reference"/.test(text)) return 'no such tool or item';
  if (!path.endsWith('/chat/completions')) return undefined;
  if ('reasoning_effort' in body) return 'reasoning_effort is unknown: it is reasoning.effort';
  if ('reasoning' in body && String(body['model']).startsWith('kilo-auto/')) return 'this model takes no reasoning';
  if ('max_completion_tokens' in body) return 'max_completion_tokens is unknown';
  if (typeof body['max_tokens'] === 'number' && body['max_tokens'] < 16) return 'max_tokens must be at least 16';
  return undefined;
}
