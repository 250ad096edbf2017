import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ListedModelInfo } from '../../src/daemon/runtime/account-models.js';
import { PNG } from '../support/client-requests.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { copilotFile, exchangeAnswer, type FakeCopilot, startFakeCopilot } from '../support/vendors/copilot.js';

const CLAUDE = 'claude-sonnet-4.6';
const GPT = 'gpt-5.4';
const OLD = 'gpt-4.1';

const listed = (id: string, endpoints: readonly string[], planMultiplier: number): ListedModelInfo => ({
  id,
  userDefined: false,
  traits: [],
  endpoints,
  planMultiplier,
  maxOutputTokens: 16_000,
});
const MODELS = [
  listed(CLAUDE, ['/v1/messages', '/chat/completions'], 1),
  listed(GPT, ['/responses'], 1),
  listed(OLD, ['/chat/completions'], 0),
];

let vendor: FakeCopilot;
let gateway: VendorGateway;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  vendor = await startFakeCopilot({ 'openai-chat': OLD, 'openai-responses': GPT, 'anthropic-messages': CLAUDE });
  const config = `oauth-endpoints: { github-copilot: { api: '${vendor.origin}' } }
oauth-upstream: { github-copilot: '${vendor.origin}' }
request-retry: 0
`;
  gateway = await startVendorGateway(config, [account('github-copilot-ann.json', copilotFile(), { models: MODELS })]);
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});
afterEach(() => {
  vendor.reset();
  vendor.limits = {};
  gateway.plane.resetCredentials(undefined);
});

const messages = [{ role: 'user' as const, content: 'good morning' }];
const inference = () => vendor.seen.filter(({ path }) => !path.startsWith('/copilot_internal'));
const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

describe('each model is asked where it is', () => {
  test('Claude by Messages, for an Anthropic client under Anthropic’s name', async () => {
    const answer = await anthropic.messages.create({ model: 'claude-sonnet-4-6', max_tokens: 1000, messages });
    expect(textOf(answer)).toBe('Hello from anthropic-messages: good morning');
    expect(inference()[0]).toMatchObject({ path: '/v1/messages', body: { model: CLAUDE } });
  });

  test('GPT-5 by Responses, for a chat client too', async () => {
    const answer = await openai.chat.completions.create({ model: GPT, messages });
    expect(answer.choices[0]?.message.content).toBe('Hello from openai-responses: good morning');
    expect(inference()[0]?.path).toBe('/responses');
  });

  test('GPT-4 by chat, for a Responses client too, streamed, with our prefix', async () => {
    let text = '';
    for await (const event of await openai.responses.create({
      model: `copilot-${OLD}`,
      input: 'good morning',
      stream: true,
    })) {
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe('Hello from openai-chat: good morning');
    expect(inference()[0]).toMatchObject({ path: '/chat/completions', body: { model: OLD } });
  });
});

describe('who began the turn', () => {
  const call = { id: 'call_1', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
  const tools = [
    { type: 'function' as const, function: { name: 'f', parameters: { type: 'object', properties: {} } } },
  ];

  test('a person costs, whatever came before', async () => {
    await openai.chat.completions.create({
      model: OLD,
      messages: [...messages, { role: 'assistant', content: 'hi' }, ...messages],
    });
    expect(inference()[0]?.headers['x-initiator']).toBe('user');
  });

  test('a tool’s result does not, in its own dialect or another', async () => {
    await openai.chat.completions.create({
      model: OLD,
      tools,
      messages: [
        ...messages,
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      ],
    });
    await anthropic.messages.create({
      model: GPT,
      max_tokens: 100,
      tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }],
      messages: [
        ...messages,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }] },
      ],
    });
    expect(inference().map(({ headers }) => headers['x-initiator'])).toEqual(['agent', 'agent']);
  });
});

test('an image is announced', async () => {
  const url = `data:image/png;base64,${PNG}`;
  await openai.chat.completions.create({
    model: OLD,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what is it?' },
          { type: 'image_url', image_url: { url } },
        ],
      },
    ],
  });
  expect(inference()[0]?.headers['copilot-vision-request']).toBe('true');
});

test('an expired token is exchanged anew, and the request sent once more', async () => {
  await openai.chat.completions.create({ model: OLD, messages });
  vendor.exchange = (count) => exchangeAnswer(`fresh-${count}`);
  vendor.script({ status: 401, body: 'unauthorized: token expired' });
  const answer = await openai.chat.completions.create({ model: OLD, messages });
  expect(answer.choices[0]?.message.content).toBe('Hello from openai-chat: good morning');
  expect(vendor.seen.at(-1)?.headers.authorization).toMatch(/^Bearer fresh-/);
  expect(gateway.plane.credentials()[0]?.state).toBe('ready');
});

test('spent premium requests leave the models that cost nothing, until an answer says otherwise', async () => {
  vendor.script({ status: 402, body: { error: { code: 'quota_exceeded', message: 'You have no quota' } } });
  const failed = await openai.chat.completions.create({ model: GPT, messages }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ status: 402 });
  const asked = inference().length;
  const claude = await anthropic.messages
    .create({ model: CLAUDE, max_tokens: 10, messages })
    .catch((error: unknown) => error);
  expect(claude).toMatchObject({ status: 402 });
  expect(inference()).toHaveLength(asked);
  vendor.limits = { 'x-quota-snapshot-premium_interactions': 'ent=300&rem=50' };
  await openai.chat.completions.create({ model: OLD, messages });
  expect((await openai.chat.completions.create({ model: GPT, messages })).choices[0]?.message.content).toContain(
    'Hello',
  );
});
