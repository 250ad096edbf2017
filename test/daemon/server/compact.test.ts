import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MODEL_OF, startGateway, type TestGateway } from '../../support/gateway.js';
import { servePlane } from '../../support/plane.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
afterEach(() => {
  for (const upstream of Object.values(gateway.upstreams)) upstream.reset();
});

const post = (url: string, path: string, body: object) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const PATH = '/v1/responses/compact';
const input = [
  { type: 'message', role: 'user', content: 'one' },
  { type: 'message', role: 'user', content: 'two' },
];

test.each([PATH, '/backend-api/codex/responses/compact'])('%s is relayed to a Responses upstream', async (path) => {
  const reply = await post(gateway.url, path, { model: MODEL_OF['openai-responses'], input, stream: false });
  expect(reply.status).toBe(200);
  expect(await reply.json()).toMatchObject({
    object: 'response.compaction',
    output: [{ content: 'two' }, { type: 'compaction' }],
  });
  const request = gateway.upstreams['openai-responses'].requests.at(-1);
  expect(request?.path).toBe(PATH);
  expect(request?.body).toEqual({ model: MODEL_OF['openai-responses'], input });
});

test('never streams', async () => {
  const reply = await post(gateway.url, PATH, { model: MODEL_OF['openai-responses'], input, stream: true });
  expect(reply.status).toBe(400);
  expect(await reply.json()).toMatchObject({
    error: { message: 'Streaming not supported for compact responses', type: 'invalid_request_error' },
  });
  expect(gateway.upstreams['openai-responses'].requests).toHaveLength(0);
});

test('is not there where the config says so', async () => {
  const off = await startGateway('responses-compact-enabled: false');
  try {
    const reply = await post(off.url, PATH, { model: MODEL_OF['openai-responses'], input });
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({
      error: { message: expect.stringContaining('responses-compact-enabled') },
    });
  } finally {
    await off.close();
  }
});

test.each(['anthropic-messages', 'gemini-generate'] as const)('%s has no such thing, and says so', async (kind) => {
  const reply = await post(gateway.url, PATH, { model: MODEL_OF[kind], input });
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ error: { code: 'unsupported_operation', type: 'invalid_request_error' } });
  expect(gateway.upstreams[kind].requests).toHaveLength(0);
});

describe('an OpenAI-compatible upstream', () => {
  const model = MODEL_OF['openai-chat'];

  test('is asked at its own base URL', async () => {
    const compaction = { id: 'resp_1', object: 'response.compaction', output: [{ type: 'compaction' }] };
    gateway.upstreams['openai-chat'].script({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(compaction),
    });
    const reply = await post(gateway.url, PATH, { model, input });
    expect(await reply.json()).toEqual(compaction);
    expect(gateway.upstreams['openai-chat'].requests.at(-1)?.path).toBe(PATH);
  });

  test('that has no such endpoint goes on serving answers', async () => {
    const served = await servePlane(`api-keys: [${gateway.key}]
openai-compatibility:
  - name: acme
    base-url: ${gateway.upstreams['openai-chat'].url}
    api-key-entries: [{ api-key: up-openai-chat }]
    models: [{ name: ${model} }]`);
    try {
      expect((await post(served.url, PATH, { model, input })).status).toBe(404);
      expect((await post(served.url, '/v1/responses', { model, input })).status).toBe(200);
    } finally {
      await served.close();
    }
  });
});
