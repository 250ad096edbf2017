import type { JsonObject, JsonValue } from '../../../src/daemon/ir/json.js';
import { isObject } from '../../../src/daemon/ir/json.js';
import { USER_AGENT } from '../../../src/shared/version.js';
import { startSimulatedUpstream } from '../upstream.js';
import { drawDirectly, drawWithTool } from './codex-images.js';
import { type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';

export const CODEX_ACCOUNT = 'acc-1111';

/** A token as OpenAI makes them: claims in the middle, unsigned. */
export const codexToken = (claims: JsonObject): string =>
  ['header', claims, 'signature']
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');

export const CODEX_TOKEN = codexToken({ exp: 4_000_000_000 });

export const codexFile = (plan = 'plus'): JsonObject => ({
  type: 'codex',
  access_token: CODEX_TOKEN,
  refresh_token: 'rt_1',
  account_id: CODEX_ACCOUNT,
  email: 'ann@example.com',
  id_token: codexToken({
    email: 'ann@example.com',
    'https://api.openai.com/auth': { chatgpt_account_id: CODEX_ACCOUNT, chatgpt_plan_type: plan },
  }),
});

export interface FakeCodex extends Front {
  limits: Record<string, string>;
  usage: VendorAnswer;
  models: VendorAnswer;
  /** In place of what the images endpoints would answer. */
  images: VendorAnswer | undefined;
}

/** chatgpt.com's Codex backend, strict about members, ids and names. */
export async function startFakeCodex(models: readonly string[]): Promise<FakeCodex> {
  const dialect = await startSimulatedUpstream({ kind: 'openai-responses', apiKey: 'inner', models });
  const settings = {
    limits: { 'x-codex-turn-state': 'turn-1' } as Record<string, string>,
    usage: { status: 200, body: { plan_type: 'plus', rate_limit: null } } as VendorAnswer,
    models: { status: 200, body: { models: [] } } as VendorAnswer,
    images: undefined as VendorAnswer | undefined,
  };
  const front = await startFront({
    isInference: ({ path }) => path.includes('/responses') || path.includes('/images/'),
    handle(request) {
      const { path, headers, body } = request;
      if (headers.authorization !== `Bearer ${CODEX_TOKEN}`) return detail(401, 'Could not validate your token');
      const fault = headerFault(request);
      if (fault !== undefined) return detail(403, fault);
      if (path === '/backend-api/wham/usage') return settings.usage;
      if (path === '/backend-api/codex/models') return settings.models;
      if (path.startsWith('/backend-api/codex/images/')) return settings.images ?? drawDirectly(request);
      if (path === '/backend-api/codex/responses/compact') return compact(body);
      if (path !== '/backend-api/codex/responses') return detail(404, 'Not Found');
      const wrong = bodyFault(body);
      if (wrong !== undefined) return detail(400, wrong);
      if (JSON.stringify(body['tool_choice']) === '{"type":"image_generation"}') return drawWithTool(body);
      return {
        url: `${dialect.url}/responses`,
        headers: { authorization: 'Bearer inner' },
        replyHeaders: settings.limits,
        line: (line) => withLimits(withoutOutput(line)),
      };
    },
  });
  return Object.assign(settings, front, {
    close: async () => {
      await front.close();
      await dialect.close();
    },
  });
}

const detail = (status: number, text: string): VendorAnswer => ({ status, body: { detail: text } });

const compact = (body: JsonObject): VendorAnswer => {
  const extra = ['stream', 'store', 'max_output_tokens'].find((member) => body[member] !== undefined);
  if (extra !== undefined) return detail(400, `Unsupported parameter: ${extra}`);
  return { status: 200, body: { id: 'cmp_1', object: 'response.compaction', output: [] } };
};

/** It tells limits within the stream too. */
const withLimits = (line: string): string =>
  line === 'event: response.created'
    ? `event: codex.rate_limits\ndata: {"type":"codex.rate_limits","plan_type":"plus"}\n\n${line}`
    : line;

/** The backend leaves the list of the last event empty: what was said stands in the events before. */
function withoutOutput(line: string): string {
  if (!line.startsWith('data: ') || !line.includes('"response.completed"')) return line;
  const event = JSON.parse(line.slice(6)) as { response: JsonObject };
  return `data: ${JSON.stringify({ ...event, response: { ...event.response, output: [] } })}`;
}

function headerFault({ headers }: SeenRequest): string | undefined {
  const { originator = '', 'user-agent': agent = '' } = headers as Record<string, string>;
  if (headers['chatgpt-account-id'] !== CODEX_ACCOUNT) return 'the workspace is missing';
  if (/^codex/.test(originator)) {
    if (!agent.startsWith(originator)) return 'a forged Codex';
    return headers['thread-id'] === undefined ? 'a Codex client without a thread' : undefined;
  }
  if (originator !== 'cliproxyctl') return `an unknown originator: ${originator}`;
  return agent === USER_AGENT ? undefined : `not our User-Agent: ${agent}`;
}

const UNSUPPORTED = [
  'max_output_tokens',
  'temperature',
  'top_p',
  'truncation',
  'user',
  'safety_identifier',
  'prompt_cache_retention',
  'context_management',
  'background',
  'previous_response_id',
  'metadata',
];

function bodyFault(body: JsonObject): string | undefined {
  if (body['store'] !== false) return 'Store must be set to false';
  if (body['stream'] !== true) return 'Stream must be set to true';
  if (typeof body['instructions'] !== 'string') return 'Instructions are required';
  if (JSON.stringify(body['include']) !== '["reasoning.encrypted_content"]') return 'include is wrong';
  const unknown = UNSUPPORTED.find((member) => body[member] !== undefined);
  if (unknown !== undefined) return `Unsupported parameter: ${unknown}`;
  if (body['service_tier'] !== undefined && body['service_tier'] !== 'priority') return 'Unsupported service_tier';
  if (!Array.isArray(body['input'])) return 'Input must be a list';
  const tools: JsonValue = Array.isArray(body['tools']) ? body['tools'] : [];
  if (tools.length === 0 && body['parallel_tool_calls'] !== undefined) return 'parallel_tool_calls without tools';
  return (body['input'] as readonly JsonValue[]).map(itemFault).find((fault) => fault !== undefined);
}

function itemFault(item: JsonValue): string | undefined {
  if (!isObject(item)) return 'an item that is no object';
  if (item['role'] === 'system') return 'System messages are not allowed';
  const { id, type } = item;
  if (typeof id === 'string' && id.length > 64) return `Invalid 'id': string too long`;
  if (type === 'reasoning' && typeof id === 'string' && typeof item['encrypted_content'] !== 'string') {
    return `Item with id '${id}' not found. Items are not persisted when store is false.`;
  }
  return undefined;
}
