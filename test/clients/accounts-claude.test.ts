import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startUpstreams } from '../support/gateway.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { CLAUDE_TOKEN, type FakeClaude, REFUSAL, startFakeClaude } from '../support/vendors/claude.js';

const MODEL = 'claude-sonnet-4-5-20250929';
const HEADERS = {
  'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)',
  'x-app': 'cli',
  'x-claude-code-session-id': '5f0c1f9e-0000-4000-8000-000000000001',
  'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14',
};

let vendor: FakeClaude;
let others: Awaited<ReturnType<typeof startUpstreams>>;
let gateway: VendorGateway;
let claudeCode: Anthropic;
let other: Anthropic;

const config = (more = ''): string => `oauth-upstream: { claude: '${vendor.origin}' }
oauth-endpoints: { claude: { api: '${vendor.origin}' } }
disable-cooling: false
request-retry: 0
${more}`;

beforeAll(async () => {
  vendor = await startFakeClaude([MODEL]);
  others = await startUpstreams();
  const file = { type: 'claude', access_token: CLAUDE_TOKEN, email: 'ann@example.com' };
  gateway = await startVendorGateway(config(), [account('claude-ann.json', file)]);
  const options = { baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 };
  claudeCode = new Anthropic({ ...options, defaultHeaders: HEADERS });
  other = new Anthropic(options);
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
  await Promise.all(Object.values(others).map((upstream) => upstream.close()));
});
afterEach(() => {
  vendor.reset();
  vendor.limits = {};
  vendor.refusesOthers = false;
  vendor.usage = { status: 500, body: {} };
  gateway.plane.resetCredentials(undefined);
  gateway.configure(config());
});

const ask = (content = 'good morning') => ({
  model: MODEL,
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content }],
});
const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
const GREETING = 'Hello from anthropic-messages: good morning';
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as InstanceType<typeof Anthropic.APIError>,
  );

describe('Claude Code', () => {
  test('is served by the login, with its own headers and body', async () => {
    expect(textOf(await claudeCode.messages.create(ask()))).toBe(GREETING);
    const [seen] = vendor.seen;
    expect(seen?.headers).toMatchObject({
      ...HEADERS,
      'anthropic-beta': `${HEADERS['anthropic-beta']},oauth-2025-04-20`,
    });
    expect(seen?.body).toEqual(ask());
  });

  test('streams, and gets the limits it shows', async () => {
    vendor.limits = {
      'anthropic-ratelimit-unified-status': 'allowed',
      'anthropic-ratelimit-unified-5h-utilization': '0.25',
    };
    const { data, response } = await claudeCode.messages.create({ ...ask(), stream: true }).withResponse();
    const types = [];
    for await (const event of data) types.push(event.type);
    expect(types.at(0)).toBe('message_start');
    expect(types.at(-1)).toBe('message_stop');
    expect(response.headers.get('anthropic-ratelimit-unified-5h-utilization')).toBe('0.25');
    expect(gateway.plane.quota()[0]?.facts.windows).toMatchObject([{ id: 'five_hour', usedPercent: 25 }]);
  });

  test('a 5-hour limit rests the account until its reset, and a fresh figure ends that', async () => {
    const reset = Math.floor(Date.now() / 1000) + 7200;
    vendor.script({
      status: 429,
      headers: {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-5h-status': 'rejected',
        'anthropic-ratelimit-unified-5h-reset': String(reset),
      },
      body: { type: 'error', error: { type: 'rate_limit_error', message: 'limit' } },
    });
    expect((await failureOf(claudeCode.messages.create(ask())))?.status).toBe(429);
    const [summary] = gateway.plane.credentials();
    expect(summary?.state).toBe('cooling');
    expect((summary?.coolingUntil ?? 0) - reset * 1000).toBeGreaterThan(0);
    expect((await failureOf(claudeCode.messages.create(ask())))?.status).toBe(429);
    expect(vendor.seen).toHaveLength(1);
  });
});

describe('another client', () => {
  test('is told why not, and what to do', async () => {
    const failure = await failureOf(other.messages.create(ask()));
    expect(failure?.status).toBe(403);
    expect(failure?.message).toMatch(/ann@example.com serves Claude Code only/);
    expect(failure?.message).toMatch(/claude-api-key.*github-copilot/);
    expect(vendor.seen).toHaveLength(0);
  });

  test('is served by another provider of the same model where there is one', async () => {
    const upstream = others['anthropic-messages'];
    gateway.configure(
      config(
        `claude-api-key: [{ api-key: up-anthropic-messages, base-url: '${upstream.url}', models: [{ name: ${MODEL} }] }]`,
      ),
    );
    for (let n = 0; n < 3; n++) expect(textOf(await other.messages.create(ask()))).toBe(GREETING);
    expect(vendor.seen).toHaveLength(0);
  });

  test('has its tokens counted by us', async () => {
    const { input_tokens: tokens } = await other.messages.countTokens({ model: MODEL, messages: ask().messages });
    expect(tokens).toBeGreaterThan(0);
    expect(vendor.seen).toHaveLength(0);
  });

  test('goes out as what it is where the owner allows it, in every dialect', async () => {
    gateway.configure(config('oauth-client-policy: { claude: any }'));
    expect(textOf(await other.messages.create(ask()))).toBe(GREETING);
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
    const chat = await openai.chat.completions.create({ model: MODEL, messages: ask().messages });
    expect(chat.choices[0]?.message.content).toBe(GREETING);
    const response = await openai.responses.create({ model: MODEL, input: 'good morning' });
    expect(response.output_text).toBe(GREETING);
    expect(vendor.seen).toHaveLength(3);
  });

  test('gets the refusal of the vendor unchanged, once', async () => {
    gateway.configure(config('oauth-client-policy: { claude: any }'));
    vendor.refusesOthers = true;
    for (let n = 0; n < 2; n++) {
      const failure = await failureOf(other.messages.create(ask()));
      expect(failure?.status).toBe(400);
      expect(failure?.message).toContain(REFUSAL);
    }
    expect(vendor.seen).toHaveLength(1);
    expect(gateway.plane.credentials()[0]?.state).toBe('ready');
    expect(textOf(await claudeCode.messages.create(ask()))).toBe(GREETING);
  });
});

describe('claude-quota-threshold', () => {
  const inference = () => vendor.seen.filter(({ path }) => path === '/v1/messages');
  const threshold = (percent: number) =>
    config(`quota-exceeded: { claude-quota-threshold: { 'claude-sonnet-*': ${percent} } }`);
  const used = (share: string): Record<string, string> => ({
    'anthropic-ratelimit-unified-5h-status': 'allowed',
    'anthropic-ratelimit-unified-5h-utilization': share,
    'anthropic-ratelimit-unified-5h-reset': String(Math.floor(Date.now() / 1000) + 3600),
  });

  test('keeps requests back before anything is sent, and lets them again when it is raised', async () => {
    gateway.configure(threshold(80));
    vendor.limits = used('0.83');
    await claudeCode.messages.create(ask());
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { ...HEADERS, 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify(ask()),
    });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(3500);
    expect(await response.json()).toMatchObject({
      error: { code: 'quota_threshold_exceeded', model: MODEL, provider: 'claude', utilization: 83, threshold: 80 },
    });
    expect(inference()).toHaveLength(1);
    gateway.configure(threshold(90));
    await claudeCode.messages.create(ask());
    expect(inference()).toHaveLength(2);
  });

  test('asks for the figure itself when nothing has told it', async () => {
    vendor.usage = {
      status: 200,
      body: { five_hour: { utilization: 99, resets_at: new Date(Date.now() + 3_600_000).toISOString() } },
    };
    gateway.configure(threshold(80));
    await claudeCode.messages.create(ask());
    await expect.poll(() => gateway.plane.quota()[0]?.facts.source).toBe('usage-call');
    expect((await failureOf(claudeCode.messages.create(ask())))?.status).toBe(429);
  });

  test('moves on to who else serves the model', async () => {
    const upstream = others['anthropic-messages'];
    const key = `claude-api-key: [{ api-key: up-anthropic-messages, base-url: '${upstream.url}', models: [{ name: ${MODEL} }], priority: -1 }]`;
    gateway.configure(`${threshold(80)}\n${key}`);
    vendor.limits = used('0.9');
    await claudeCode.messages.create(ask());
    expect(textOf(await claudeCode.messages.create(ask()))).toBe(GREETING);
    expect(inference()).toHaveLength(1);
  });
});
