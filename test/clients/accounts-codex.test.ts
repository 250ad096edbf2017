import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { weather } from '../support/client-requests.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { codexFile, type FakeCodex, startFakeCodex } from '../support/vendors/codex.js';

const MODEL = 'gpt-5.5';
const GREETING = 'Hello from openai-responses: good morning';

let vendor: FakeCodex;
let gateway: VendorGateway;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  vendor = await startFakeCodex([MODEL]);
  const config = `oauth-endpoints: { codex: { api: '${vendor.origin}/backend-api' } }\nrequest-retry: 0\n`;
  gateway = await startVendorGateway(config, [account('codex-ann.json', codexFile())]);
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

test('offers the models of the plan', async () => {
  const ids = (await openai.models.list()).data.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['gpt-5.6-sol', 'gpt-5.5', 'gpt-5.3-codex-spark']));
});

describe('an upstream that always streams', () => {
  test('answers a Responses client whole, although its last event lists nothing', async () => {
    const answer = await openai.responses.create({
      model: MODEL,
      input: 'good morning',
      temperature: 0.5,
      max_output_tokens: 900,
      store: true,
    });
    expect(answer.output_text).toBe(GREETING);
    expect(answer.status).toBe('completed');
  });

  test('streams to a Responses client', async () => {
    let text = '';
    for await (const event of await openai.responses.create({ model: MODEL, input: 'good morning', stream: true })) {
      expect(event.type).not.toMatch(/^codex/);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe(GREETING);
  });

  test('tells a Codex client all that it says', async () => {
    const headers = { originator: 'codex_exec', 'user-agent': 'codex_exec/0.169.0', 'thread-id': 't-1' };
    const response = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, input: [], stream: true }),
    });
    expect(await response.text()).toContain('event: codex.rate_limits');
    expect(vendor.seen[0]?.headers).toMatchObject(headers);
  });

  test('answers a chat client, streamed and whole', async () => {
    const messages = [
      { role: 'system' as const, content: 'Be kind.' },
      { role: 'user' as const, content: 'good morning' },
    ];
    const chat = await openai.chat.completions.create({ model: MODEL, messages, max_tokens: 50, temperature: 1 });
    expect(chat.choices[0]?.message.content).toBe(GREETING);
    let text = '';
    for await (const chunk of await openai.chat.completions.create({ model: MODEL, messages, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(GREETING);
  });

  test('answers an Anthropic client over several turns with tools', async () => {
    const tools = [
      {
        name: weather.name,
        description: weather.description,
        input_schema: { ...weather.parameters, required: ['city'] },
      },
    ];
    const first = [{ role: 'user' as const, content: 'use the tool get_weather' }];
    const called = await anthropic.messages.create({
      model: MODEL,
      max_tokens: 1000,
      tools,
      tool_choice: { type: 'any' },
      messages: first,
    });
    const call = called.content.find((block) => block.type === 'tool_use');
    expect(call?.name).toBe(weather.name);
    const answer = await anthropic.messages.create({
      model: MODEL,
      max_tokens: 1000,
      tools,
      messages: [
        ...first,
        { role: 'assistant', content: called.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'sunny' }] },
      ],
    });
    expect(answer.stop_reason).toBe('end_turn');
  });
});

test('a conversation has one name in body and header', async () => {
  await openai.responses.create(
    { model: MODEL, input: 'good morning' },
    { headers: { 'session-id': 'conversation 1' } },
  );
  const [seen] = vendor.seen;
  expect(seen?.headers['session-id']).toBe(seen?.body['prompt_cache_key']);
  expect(String(seen?.headers['session-id'])).not.toContain('conversation');
});

test('the state of a turn goes back and forth', async () => {
  const { response } = await openai.responses
    .create({ model: MODEL, input: 'good morning', stream: true })
    .withResponse();
  expect(response.headers.get('x-codex-turn-state')).toBe('turn-1');
  await response.text();
  await openai.responses.create(
    { model: MODEL, input: 'good morning' },
    { headers: { 'x-codex-turn-state': 'turn-1' } },
  );
  expect(vendor.seen.at(-1)?.headers['x-codex-turn-state']).toBe('turn-1');
});

test('limits in headers are kept', async () => {
  vendor.limits = { 'x-codex-primary-used-percent': '12.5', 'x-codex-primary-window-minutes': '300' };
  await openai.responses.create({ model: MODEL, input: 'good morning' });
  expect(gateway.plane.quota()[0]?.facts.windows).toMatchObject([{ id: 'five_hour', usedPercent: 12.5 }]);
});

test('a spent plan told as 400 rests the account, and the client learns for how long', async () => {
  vendor.script({
    status: 400,
    body: { error: { type: 'usage_limit_reached', message: 'limit', resets_in_seconds: 900 } },
  });
  const failure = await openai.responses.create({ model: MODEL, input: 'x' }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ status: 429 });
  expect(Number((failure as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after'))).toBeGreaterThan(800);
  expect(gateway.plane.credentials()[0]).toMatchObject({ state: 'cooling', reason: 'quota' });
});

test('a member that the backend does not know is left out and not sent again', async () => {
  const ask = { model: MODEL, input: 'good morning', metadata: { a: 'b' } };
  expect((await openai.responses.create(ask)).output_text).toBe(GREETING);
  expect((await openai.responses.create(ask)).output_text).toBe(GREETING);
  expect(vendor.seen).toHaveLength(3);
});

test('compacts', async () => {
  const answer = await fetch(`${gateway.url}/v1/responses/compact`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, input: [{ role: 'user', content: 'x' }], max_output_tokens: 4 }),
  });
  expect(await answer.json()).toMatchObject({ object: 'response.compaction' });
});
