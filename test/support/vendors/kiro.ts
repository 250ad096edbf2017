import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../../../src/daemon/ir/json.js';
import { USER_AGENT } from '../../../src/shared/version.js';
import { eventFrame } from '../event-stream.js';
import { type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';
import { kiroFaultOf, nameOf, toolsOf } from './kiro-rules.js';

export const KIRO_TOKEN = 'aoaAAAAA-test';
export const KIRO_ARN = 'arn:aws:codewhisperer:us-east-1:123456789012:profile/AAAABBBBCCCC';

/** A login by an organisation. */
export const kiroFile = (more: JsonObject = {}): JsonObject => ({
  type: 'kiro',
  access_token: KIRO_TOKEN,
  refresh_token: 'aorAAAAAG-test',
  auth_method: 'idc',
  profile_arn: KIRO_ARN,
  client_id: 'client-1',
  client_secret: 'secret-1',
  region: 'eu-west-1',
  email: 'ann@example.com',
  expires_at: '2099-01-01T00:00:00Z',
  ...more,
});

export interface FakeKiro extends Front {
  /** What a good request is answered with. */
  answer: (request: SeenRequest) => readonly Buffer[];
  models: VendorAnswer;
  usage: VendorAnswer;
  /** What a search finds; `undefined`: it fails. */
  found: readonly JsonObject[] | undefined;
  /** The access token that is good; a refresh makes another one good. */
  token: string;
}

export const kiroError = (status: number, reason: string | null, message = 'no'): VendorAnswer => ({
  status,
  body: { message, reason },
});

export const kiroStream = (...frames: readonly Buffer[]): VendorAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/vnd.amazon.eventstream' },
  body: Buffer.concat(frames),
});

export const METADATA = eventFrame('metadataEvent', {
  tokenUsage: {
    uncachedInputTokens: 900,
    outputTokens: 41,
    totalTokens: 1141,
    cacheReadInputTokens: 200,
    cacheWriteInputTokens: 0,
  },
});

const PATH = '/generateAssistantResponse';

/** Kiro's service, strict about what it is sent and about who says what of itself. */
export async function startFakeKiro(): Promise<FakeKiro> {
  const settings = {
    answer: usualAnswer,
    models: { status: 200, body: { models: [{ modelId: 'claude-sonnet-4.5' }] } } as VendorAnswer,
    usage: { status: 200, body: { usageBreakdownList: [] } } as VendorAnswer,
    token: KIRO_TOKEN,
    found: [{ title: 'T', url: 'https://example.com', snippet: 'S' }] as FakeKiro['found'],
  };
  const front = await startFront({
    isInference: ({ path }) => path.endsWith(PATH),
    handle(request) {
      const { path, headers, body, method } = request;
      if (headers['user-agent'] !== USER_AGENT) return kiroError(403, null, `not our name: ${headers['user-agent']}`);
      const foreign = Object.keys(headers).find((name) =>
        /^(x-amz-user-agent|x-amzn-kiro-agent-mode|amz-sdk)/.test(name),
      );
      if (foreign !== undefined) return kiroError(403, null, `not ours to say: ${foreign}`);
      if (path === '/token') return renew(fake, body);
      if (headers.authorization !== `Bearer ${fake.token}`) {
        return kiroError(403, null, 'The bearer token included in the request is invalid.');
      }
      if (method === 'GET' && path === '/ListAvailableModels') return fake.models;
      if (method === 'GET' && path === '/getUsageLimits') return fake.usage;
      if (path === '/mcp') return mcp(fake, request);
      if (!path.endsWith(PATH)) return kiroError(404, null, `no ${path}`);
      if (headers['x-amzn-codewhisperer-optout'] !== 'true') return kiroError(400, null, 'no opt-out');
      if (headers['content-type'] !== 'application/json') return kiroError(415, null, 'content-type');
      const isLegacy = path.startsWith('/legacy');
      if (isLegacy !== (headers['x-amz-target'] !== undefined)) return kiroError(400, null, 'x-amz-target');
      if (body['profileArn'] !== KIRO_ARN) return kiroError(403, null, 'no profile');
      const fault = kiroFaultOf(body);
      if (fault !== undefined) return kiroError(400, null, `Improperly formed request. (${fault})`);
      return kiroStream(...fake.answer(request));
    },
  });
  const fake: FakeKiro = Object.assign(settings, front);
  return fake;
}

/** The search, over MCP. */
function mcp({ found }: FakeKiro, { body, headers }: SeenRequest): VendorAnswer {
  const { id, method, params } = body;
  if (headers['x-amzn-kiro-profile-arn'] !== KIRO_ARN) return kiroError(403, null, 'no profile');
  if (body['jsonrpc'] !== '2.0' || typeof id !== 'string') return kiroError(400, null, 'no JSON-RPC');
  const answer = (result: JsonObject): VendorAnswer => ({ status: 200, body: { id, jsonrpc: '2.0', result } });
  if (method === 'tools/list') return answer({ tools: [{ name: 'web_search', description: 'Kiro looks it up.' }] });
  if (method !== 'tools/call' || !isObject(params) || params['name'] !== 'web_search')
    return kiroError(400, null, 'method');
  const query = isObject(params['arguments']) ? params['arguments']['query'] : undefined;
  if (found === undefined)
    return { status: 200, body: { id, jsonrpc: '2.0', error: { code: -32_000, message: 'no' } } };
  const text = JSON.stringify({ results: found, totalResults: found.length, query, error: null });
  return answer({ isError: false, content: [{ type: 'text', text }] });
}

/** AWS's OIDC service: the token that a login has is from now on the good one. */
function renew(fake: FakeKiro, { clientId, clientSecret, refreshToken, grantType }: JsonObject): VendorAnswer {
  if (grantType !== 'refresh_token' || clientId !== 'client-1' || clientSecret !== 'secret-1') {
    return { status: 400, body: { error: 'invalid_client' } };
  }
  if (refreshToken !== 'aorAAAAAG-test') return { status: 400, body: { error: 'invalid_grant' } };
  fake.token = `aoaAAAAA-${randomUUID()}`;
  return { status: 200, body: { accessToken: fake.token, expiresIn: 3600 } };
}

/** Says what it was asked, thinks when told to, and calls the first tool where the question has `call`. */
export function usualAnswer({ body }: SeenRequest): readonly Buffer[] {
  const { message, text, opening } = partsOf(body);
  const tool = toolsOf(message)[0];
  const thoughts = opening.includes('<thinking_mode>') ? '<thinking>\nLet me see.</thinking>\n\n' : '';
  const said = `${thoughts}Hello from kiro: ${text.split('\n\n').at(-1) ?? ''}`;
  const pieces = said.match(/[\s\S]{1,5}/g) ?? [];
  const frames = pieces.map((content) => eventFrame('assistantResponseEvent', { content }));
  if (tool !== undefined && /\bcall\b/.test(text)) {
    const use = { toolUseId: 'tooluse_01', name: nameOf(tool) };
    frames.push(
      eventFrame('toolUseEvent', { ...use }),
      eventFrame('toolUseEvent', { ...use, input: '{"city":' }),
      eventFrame('toolUseEvent', { ...use, input: '"Bern"}' }),
      eventFrame('toolUseEvent', { ...use, stop: true }),
    );
  }
  return [...frames, eventFrame('meteringEvent', { unit: 'credit', usage: 0.13 }), METADATA];
}

/** The current message, its text, and the text that opens the conversation. */
export function partsOf(body: JsonObject): {
  readonly message: JsonObject;
  readonly text: string;
  readonly opening: string;
} {
  const state = isObject(body['conversationState']) ? body['conversationState'] : {};
  const message = isObject(state['currentMessage']) ? state['currentMessage'] : {};
  const history = Array.isArray(state['history']) ? state['history'].filter(isObject) : [];
  const textIn = (turn: JsonObject | undefined): string => {
    const input = turn?.['userInputMessage'];
    return isObject(input) ? String(input['content']) : '';
  };
  return { message, text: textIn(message), opening: textIn(history[0] ?? message) };
}
