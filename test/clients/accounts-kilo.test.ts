import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog } from '../../src/daemon/models/catalog.js';
import { readModels } from '../../src/daemon/providers/kilo/models.js';
import { toListed } from '../../src/daemon/runtime/account-models.js';
import { weather } from '../support/client-requests.js';
import { send } from '../support/conversation.js';
import { servesEveryClient } from '../support/every-client.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { type FakeKilo, kiloFile, startFakeKilo } from '../support/vendors/kilo.js';

const CLAUDE = 'anthropic/claude-sonnet-4.6';
const GPT = 'openai/gpt-5.4';
const FREE = 'minimax/minimax-m2.5:free';
const PAID = 'z-ai/glm-5';
const AUTO = 'kilo-auto/frontier';

const priced = (id: string, more: object = {}) => ({
  id,
  name: id,
  context_length: 200_000,
  pricing: { prompt: '0.000003', completion: '0.000015' },
  architecture: { input_modalities: ['text', 'image'] },
  supported_parameters: ['tools', 'reasoning'],
  ...more,
});
const LIST = [
  priced(CLAUDE, { opencode: { ai_sdk_provider: 'anthropic' } }),
  priced(GPT, { opencode: { ai_sdk_provider: 'openai' } }),
  priced(PAID),
  priced(FREE, { isFree: true, pricing: { prompt: '0', completion: '0' } }),
  { id: AUTO, pricing: { prompt: '-1', completion: '-1' } },
];

let vendor: FakeKilo;
let gateway: VendorGateway;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  const all = [CLAUDE, GPT, FREE, PAID, AUTO];
  vendor = await startFakeKilo({ 'openai-chat': all, 'openai-responses': [GPT], 'anthropic-messages': [CLAUDE] });
  const models = readModels({ data: LIST }).map(toListed);
  const config = `oauth-endpoints: { kilo: { api: '${vendor.origin}' } }\nrequest-retry: 0\n`;
  gateway = await startVendorGateway(config, [account('kilo-ann.json', kiloFile(), { models })]);
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});
afterEach(() => {
  vendor.reset();
  gateway.plane.resetCredentials(undefined);
});

const messages = [{ role: 'user' as const, content: 'good morning' }];
const inference = () => vendor.seen.filter(({ path }) => path.startsWith('/api/gateway/'));
const failing = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

servesEveryClient(() => gateway, PAID);
servesEveryClient(() => gateway, FREE);
servesEveryClient(() => gateway, CLAUDE, 'anthropic-messages');

test.each([true, false])(
  'thinking and its signature come from Claude and go back to it; streamed: %s',
  async (streamed) => {
    const tools = [
      {
        name: weather.name,
        description: weather.description,
        input_schema: { ...weather.parameters, required: ['city'] },
      },
    ];
    const asked = { role: 'user' as const, content: 'use get_weather for Paris' };
    const thinking = { type: 'enabled' as const, budget_tokens: 4000 };
    const ask = (history: Anthropic.MessageParam[]) => {
      const body = { model: CLAUDE, max_tokens: 8000, messages: history, tools, thinking };
      return streamed ? anthropic.messages.stream(body).finalMessage() : anthropic.messages.create(body);
    };
    const { content } = await ask([asked]);
    expect(content[0]).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/./) });
    const call = content.find((block) => block.type === 'tool_use');
    const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'sunny' };
    const next = await ask([asked, { role: 'assistant', content }, { role: 'user', content: [result] }]);
    expect(JSON.stringify(next.content)).toContain('sunny');
    expect(inference().map(({ path }) => path)).toEqual(['/api/gateway/messages', '/api/gateway/messages']);
  },
);

describe('each client is served where its own dialect is', () => {
  test.each([
    { client: '/v1/messages', model: CLAUDE, path: '/api/gateway/messages' },
    { client: '/v1/messages', model: PAID, path: '/api/gateway/chat/completions' },
    { client: '/v1/responses', model: GPT, path: '/api/gateway/responses' },
    { client: '/v1/responses', model: CLAUDE, path: '/api/gateway/chat/completions' },
  ])('$model by $path for $client', async ({ client, model, path }) => {
    const body = client === '/v1/responses' ? { model, input: 'hi' } : { model, max_tokens: 100, messages };
    const answer = await send(gateway, { path: client, body });
    expect(answer.status, answer.text).toBe(200);
    expect(inference().map((request) => request.path)).toEqual([path]);
  });

  test('where that is not there after all, chat serves, from then on at once', async () => {
    vendor.script({ status: 405, body: '' });
    const ask = () => anthropic.messages.create({ model: CLAUDE, max_tokens: 100, messages });
    await ask();
    await ask();
    expect(inference().map(({ path }) => path.slice('/api/gateway'.length))).toEqual([
      '/messages',
      '/chat/completions',
      '/chat/completions',
    ]);
    // For the tests that follow, the account is opened anew.
    gateway.configure(
      `oauth-endpoints: { kilo: { api: '${vendor.origin}', device: '${vendor.origin}/other' } }\nrequest-retry: 0\n`,
    );
  });

  test('the model is known by its vendor’s own name too', async () => {
    await anthropic.messages.create({ model: 'claude-sonnet-4-6', max_tokens: 100, messages });
    await openai.chat.completions.create({ model: 'gpt-5.4', messages });
    expect(inference().map(({ body }) => body['model'])).toEqual([CLAUDE, GPT]);
  });
});

test('the list tells prices, what is free, and keeps Kilo’s ids', async () => {
  const list = (await openai.models.list()).data;
  expect(list.find(({ id }) => id === PAID)).toMatchObject({
    owned_by: 'z-ai',
    context_length: 200_000,
    max_output_tokens: 40_000,
    pricing_usd_per_million: { input: 3, output: 15 },
  });
  expect(list.find(({ id }) => id === FREE)).toMatchObject({ is_free: true, display_name: `${FREE}` });
  expect(list.find(({ id }) => id === AUTO)).not.toHaveProperty('pricing_usd_per_million');
  expect(
    openCatalog()
      .list('kilo')
      .map(({ id }) => id),
  ).toContain('kilo-auto/free');
});

test('a model that chooses its own effort is sent none', async () => {
  await openai.chat.completions.create({ model: AUTO, messages, reasoning_effort: 'high' });
  expect(inference()[0]?.body).not.toHaveProperty('reasoning');
});

test.each([
  { thinking: { type: 'enabled' as const, budget_tokens: 4000 } },
  { thinking: { type: 'adaptive' as const }, output_config: { effort: 'high' as const } },
  { thinking: { type: 'disabled' as const } },
])('Claude’s own settings of thinking are left as they are: %o', async (settings) => {
  vendor.script({
    status: 200,
    body: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: CLAUDE,
      content: [],
      stop_reason: 'end_turn',
      usage: {},
    },
  });
  await failing(anthropic.messages.create({ model: CLAUDE, max_tokens: 8000, messages, ...settings }));
  expect(inference()[0]).toMatchObject({ path: '/api/gateway/messages', body: settings });
});

test.each(['minimal', 'xhigh'] as const)(
  'an effort that only some models know is theirs to judge: %s',
  async (effort) => {
    await openai.chat.completions.create({ model: PAID, messages, reasoning_effort: effort });
    expect(inference()[0]?.body).toMatchObject({ reasoning: { effort } });
  },
);

test('a thinking suffix is taken off, and “:free” is none', async () => {
  await openai.chat.completions.create({ model: `${FREE}(high)`, messages });
  expect(inference()[0]?.body).toMatchObject({ model: FREE, reasoning: { effort: 'high' } });
});

test('thinking of Claude that came another way is not sent through chat', async () => {
  const thinking = { type: 'thinking' as const, thinking: 'hm', signature: 'c2lnbmF0dXJl'.repeat(10) };
  const history: Anthropic.MessageParam[] = [
    ...messages,
    { role: 'assistant', content: [thinking, { type: 'text', text: 'hello' }] },
    ...messages,
  ];
  await anthropic.messages.create({ model: PAID, max_tokens: 100, messages: history });
  expect(JSON.stringify(inference()[0]?.body)).not.toMatch(/signature|c2ln/);
});

test('a search that Kilo would have to run itself is left out, never sent as a function', async () => {
  const tools = [{ type: 'web_search_20250305' as const, name: 'web_search' as const }];
  await anthropic.messages.create({ model: CLAUDE, max_tokens: 100, messages, tools });
  const function_ = { type: 'function' as const, function: weather };
  await openai.responses.create({ model: PAID, input: 'hi', tools: [{ type: 'web_search' }] });
  await openai.chat.completions.create({ model: PAID, messages, tools: [function_], web_search_options: {} });
  expect(inference().map(({ body }) => body['tools'])).toEqual([undefined, undefined, [expect.anything()]]);
});

test('a chunk with usage and no choices is hidden from a client that did not ask for it', async () => {
  const chunks = [];
  for await (const chunk of await openai.chat.completions.create({ model: PAID, messages, stream: true })) {
    chunks.push(chunk);
  }
  expect(chunks.every(({ choices }) => choices.length > 0)).toBe(true);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toContain('good morning');
});

test.each(['/v1/chat/completions', '/v1/messages'])('an error in mid-stream is no normal end at %s', async (path) => {
  const chunk = (more: object) =>
    `: KILO PROCESSING\n\ndata: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: PAID, ...more })}\n\n`;
  let isSeen: () => void = () => undefined;
  const seen = new Promise<void>((resolve) => {
    isSeen = resolve;
  });
  const pieces = async function* () {
    yield chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'half of' } }] });
    await seen;
    const error = { message: 'Provider disconnected', code: 502 };
    yield chunk({ error, choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }] });
  };
  vendor.script({ status: 200, body: pieces() });
  const reply = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: PAID, stream: true, max_tokens: 100, messages }),
  });
  let text = '';
  for await (const bytes of reply.body ?? []) {
    text += Buffer.from(bytes).toString('utf8');
    if (text.includes('half of')) isSeen();
  }
  expect(text).toContain('half of');
  expect(text).toContain('Provider disconnected');
  expect(text).not.toMatch(/\[DONE\]|message_stop/);
});

test('an answer limit that is too small for the routed provider is raised once it is refused', async () => {
  await openai.chat.completions.create({ model: PAID, messages, max_tokens: 1 });
  expect(inference().map(({ body }) => body['max_tokens'])).toEqual([1, 16]);
});

test('a spent promotion is no bad login', async () => {
  vendor.script({ status: 401, body: { error: { message: 'used up', code: 'PROMOTION_MODEL_LIMIT_REACHED' } } });
  const failed = await failing(openai.chat.completions.create({ model: FREE, messages }));
  expect(failed).toMatchObject({ status: 429 });
  const answer = await openai.chat.completions.create({ model: PAID, messages });
  expect(answer.choices[0]?.message.content).toContain('good morning');
});

test('a refused token is said, with the next step', async () => {
  vendor.script({ status: 401, body: { error: { message: 'Invalid token', code: 401 } } });
  const failed = await failing(openai.chat.completions.create({ model: PAID, messages }));
  expect(failed).toMatchObject({ status: 401 });
  expect(String(failed)).toContain('Invalid token');
});

test('tokens are counted here, since Kilo does not', async () => {
  const { input_tokens: tokens } = await anthropic.messages.countTokens({ model: CLAUDE, messages });
  expect(tokens).toBeGreaterThan(0);
  expect(inference()).toEqual([]);
});

test('an organisation that is to pay is named in each request; one that is gone pays nothing', async () => {
  const config = `oauth-endpoints: { kilo: { api: '${vendor.origin}' } }\nrequest-retry: 0\n`;
  const models = readModels({ data: LIST }).map(toListed);
  const file = kiloFile({ kilocodeOrganizationId: 'org-0001' });
  const own = await startVendorGateway(config, [account('kilo-org.json', file, { models })]);
  const ask = { path: '/v1/chat/completions', body: { model: PAID, messages } };
  expect((await send(own, ask)).status).toBe(200);
  expect(inference()[0]?.headers['x-kilocode-organizationid']).toBe('org-0001');
  expect(vendor.seen.filter(({ path }) => path === '/api/profile')).toHaveLength(1);
  await own.close();
  vendor.reset();
  vendor.organizations = [];
  const other = await startVendorGateway(config, [account('kilo-org.json', file, { models })]);
  const refused = await send(other, ask);
  expect({ status: refused.status, asked: inference().length }).toEqual({ status: 403, asked: 0 });
  expect(refused.text).toContain('org-0001');
  await other.close();
});

test('an empty balance keeps back what costs, and nothing else', async () => {
  vendor.script({ status: 402, body: { error: { message: 'Insufficient balance', code: 402 } } });
  expect(await failing(openai.chat.completions.create({ model: PAID, messages }))).toMatchObject({ status: 402 });
  const asked = inference().length;
  expect(await failing(openai.chat.completions.create({ model: GPT, messages }))).toMatchObject({ status: 402 });
  expect(inference()).toHaveLength(asked);
  const answer = await openai.chat.completions.create({ model: FREE, messages });
  expect(answer.choices[0]?.message.content).toContain('good morning');
  // Counting costs nothing.
  await anthropic.messages.countTokens({ model: CLAUDE, messages });
});
