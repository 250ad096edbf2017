import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServedPlane, servePlane } from '../support/plane.js';
import { openSocketClient, responseOf, textOf } from '../support/responses-socket.js';
import { type SocketUpstream, startSocketUpstream } from '../support/socket-upstream.js';
import { startStopwatch } from '../support/stopwatch.js';

const MODEL = 'gpt-5.5';
const KEY = 'sk-test-client-key';
let upstream: SocketUpstream;
let second: SocketUpstream;
let gateway: ServedPlane;

const config = (more = '') => `api-keys: [${KEY}]
transient-error-cooldown-seconds: -1
${more}
codex-api-key:
  - { api-key: up-key, base-url: ${upstream.url}, websockets: true, priority: 1, models: [{ name: ${MODEL} }] }
  - { api-key: up-key, base-url: ${second.url}, models: [{ name: ${MODEL} }] }
`;

beforeEach(async () => {
  upstream = await startSocketUpstream(MODEL);
  second = await startSocketUpstream(MODEL);
  gateway = await servePlane(config());
});
afterEach(async () => {
  await gateway.close();
  await Promise.all([upstream.close(), second.close()]);
});

const sdk = (session?: string): OpenAI =>
  new OpenAI({
    baseURL: `${gateway.url}/v1`,
    apiKey: KEY,
    maxRetries: 0,
    ...(session === undefined ? {} : { defaultHeaders: { 'x-session-key': session } }),
  });

const post = (path: string, body: object): Promise<Response> =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'x-session-key': 's' },
    body: JSON.stringify(body),
  });

const messages = [{ role: 'user', content: 'ping' }];
const CLIENTS = [
  { dialect: 'openai-chat', path: () => '/v1/chat/completions', body: { model: MODEL, messages } },
  { dialect: 'openai-responses', path: () => '/v1/responses', body: { model: MODEL, input: 'ping' } },
  { dialect: 'anthropic-messages', path: () => '/v1/messages', body: { model: MODEL, max_tokens: 100, messages } },
  {
    dialect: 'gemini-generate',
    path: (stream: boolean) =>
      `/v1beta/models/${MODEL}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text: 'ping' }] }] },
  },
];

describe.each([true, false])('streaming: %s', (stream) => {
  test.each(CLIENTS)('a client of $dialect is served over the socket', async ({ dialect, path, body }) => {
    const isGemini = dialect === 'gemini-generate';
    const reply = await post(path(stream), isGemini ? body : { ...body, stream });
    const text = await reply.text();
    expect([reply.status, reply.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining(stream ? 'text/event-stream' : 'application/json'),
    ]);
    expect(text).toContain('ping');
    expect([upstream.frames.length, upstream.posts.length]).toEqual([1, 0]);
  });

  test.each(CLIENTS)('a client of $dialect never sees a first credential that is out of quota', async (client) => {
    const isGemini = client.dialect === 'gemini-generate';
    const error = { type: 'usage_limit_reached', message: 'enough', resets_in_seconds: 60 };
    upstream.script({
      frames: [
        { type: 'response.created', response: {} },
        { type: 'error', status: 429, error },
      ],
    });
    const reply = await post(client.path(stream), isGemini ? client.body : { ...client.body, stream });
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('ping')]);
    expect(second.posts).toHaveLength(1);
  });
});

describe("OpenAI's SDK", () => {
  const tools = [
    {
      type: 'function' as const,
      name: 'get_weather',
      description: 'Weather of a city',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      },
      strict: true,
    },
  ];

  test('streams, and goes on with a tool result on the same socket with only what is new', async () => {
    const client = sdk('talk');
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'the weather in Paris' }];
    const request = { model: MODEL, tools, tool_choice: 'required' as const, store: false };
    const first = await client.responses.stream({ ...request, input }).finalResponse();
    const call = first.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather' });
    const { parsed_arguments: _parsed, ...plain } = call as typeof call & { parsed_arguments?: unknown };
    const others = first.output.filter((item) => item.type !== 'function_call');
    input.push(...(others as typeof input), plain as (typeof input)[number]);
    input.push({
      type: 'function_call_output',
      call_id: call?.type === 'function_call' ? call.call_id : '',
      output: 'sunny',
    });
    const next = await client.responses.create({ ...request, input });
    expect(next.status).toBe('completed');
    expect(upstream.frames.map(({ socket, frame }) => [socket, (frame['input'] as unknown[]).length])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(upstream.frames[1]?.frame['previous_response_id']).toBe(first.id);
  });

  test('answers two at once on two sockets, and later on these again', async () => {
    const ask = (input: string) => sdk().responses.create({ model: MODEL, input });
    const both = await Promise.all([ask('one'), ask('two')]);
    expect(both.map(({ output_text }) => output_text)).toEqual([
      expect.stringContaining('one'),
      expect.stringContaining('two'),
    ]);
    await ask('three');
    expect(upstream.upgrades).toHaveLength(2);
  });

  test('does not notice that the upgrade is refused', async () => {
    upstream.script({ upgrade: 426 });
    const { output_text } = await sdk().responses.create({ model: MODEL, input: 'hello' });
    expect(output_text).toContain('hello');
    expect([upstream.posts.length, second.posts.length]).toEqual([1, 0]);
  });

  test('is told when the answer is cut', async () => {
    upstream.script({ after: 8, close: 1000 });
    const stream = await sdk().responses.create({ model: MODEL, input: 'hello', stream: true });
    const events: string[] = [];
    for await (const { type } of stream) events.push(type);
    expect(events).toContain('response.output_item.added');
    expect([events.at(-1), events.includes('response.completed')]).toEqual(['error', false]);
  });
});

test('a socket that closes before an answer cools nobody: the next credential serves, and the first again after that', async () => {
  upstream.script({ frames: [], close: 1001 });
  const ask = async () => (await post('/v1/responses', { model: MODEL, input: 'ping' })).status;
  expect([await ask(), second.posts.length]).toEqual([200, 1]);
  expect(gateway.plane.credentials().map(({ state }) => state)).toEqual(['ready', 'ready']);
});

test('a client that leaves in the middle closes the upstream within 100 ms, and nobody rests', async () => {
  upstream.script({ after: 8, stall: true });
  const gone = new AbortController();
  const reply = await fetch(`${gateway.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, input: 'ping', stream: true }),
    signal: gone.signal,
  });
  const stop = startStopwatch();
  gone.abort();
  await expect(reply.text()).rejects.toThrow();
  await upstream.idle();
  expect(stop()).toBeLessThan(100);
  expect(gateway.plane.credentials().map(({ state }) => state)).toEqual(['ready', 'ready']);
});

test('a credential that leaves the config leaves its sockets', async () => {
  await post('/v1/responses', { model: MODEL, input: 'ping' });
  expect(upstream.open).toBe(1);
  gateway.apply(config().replace(/ {2}- .*websockets.*\n/, ''));
  await upstream.idle();
});

describe("a client's own socket", () => {
  test('prefers credentials with sockets to their equals', async () => {
    gateway.apply(config().replace('priority: 1, ', ''));
    for (let turn = 0; turn < 4; turn++) {
      const client = await openSocketClient(`${gateway.url}/v1/responses`, {
        headers: { authorization: `Bearer ${KEY}` },
      });
      const answer = await client.ask({ type: 'response.create', model: MODEL, input: 'ping' });
      expect(textOf(answer)).toContain('ping');
      client.socket.terminate();
    }
    expect([upstream.frames.length, second.posts.length]).toEqual([4, 0]);
  });

  test('goes on upstream where it goes on itself', async () => {
    const client = await openSocketClient(`${gateway.url}/v1/responses`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    const base = { type: 'response.create', model: MODEL, store: false };
    const first = responseOf(await client.ask({ ...base, input: [{ role: 'user', content: 'one' }] }));
    await client.ask({ ...base, previous_response_id: first.id, input: [{ role: 'user', content: 'two' }] });
    client.socket.terminate();
    expect(
      upstream.frames.map(({ frame }) => [(frame['input'] as unknown[]).length, frame['previous_response_id']]),
    ).toEqual([
      [1, undefined],
      [1, first.id],
    ]);
  });
});
