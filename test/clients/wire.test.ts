import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MODEL_OF, type TestGateway, useGateway } from '../support/gateway.js';

let gateway: TestGateway;
useGateway((started) => {
  gateway = started;
}, 'passthrough-headers: true\nallowed-origins: [https://app.example]');

const chatBody = (more: object = {}) =>
  JSON.stringify({ model: MODEL_OF['openai-chat'], messages: [{ role: 'user', content: 'hi' }], ...more });
const post = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
  path = '/v1/chat/completions',
) =>
  fetch(gateway.url + path, { method: 'POST', body, headers: { authorization: `Bearer ${gateway.key}`, ...headers } });

describe('what reaches the upstream', () => {
  test('is the client body, byte for byte but for what must change', async () => {
    const source = `{ "z": 1.50, "model":"${MODEL_OF['openai-chat']}", "messages" : [ {"role":"user","content":"h\\u00e9"} ] }`;
    const seen = gateway.upstreams['openai-chat'].waitForRequest(1);
    await post(source);
    expect((await seen).body).toEqual(JSON.parse(source));
  });

  test('names the gateway and carries nothing that authenticates the client to us', async () => {
    const seen = gateway.upstreams['openai-chat'].waitForRequest(1);
    await post(chatBody(), { cookie: 'a=b', 'x-api-key': gateway.key, 'user-agent': 'somebody/1.0' });
    const { headers } = await seen;
    expect(headers['user-agent']).toMatch(/^cliproxyctl\//);
    expect(headers['authorization']).toBe('Bearer up-openai-chat');
    expect(JSON.stringify(headers)).not.toContain(gateway.key);
    expect(headers['cookie']).toBeUndefined();
  });
});

describe('what reaches the client', () => {
  test('has the upstream headers that may pass, when asked for', async () => {
    gateway.upstreams['openai-chat'].script({
      headers: { 'x-upstream': 'yes', 'set-cookie': 'a=b', 'access-control-allow-origin': '*' },
      body: { id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [], usage: {} },
    });
    const reply = await post(chatBody());
    expect(reply.headers.get('x-upstream')).toBe('yes');
    expect(reply.headers.get('set-cookie')).toBeNull();
    expect(reply.headers.get('access-control-allow-origin')).toBeNull();
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}$/);
  });

  test.each(['', '{}', '   '])('is an error when the upstream sends %j with status 200', async (body) => {
    gateway.upstreams['openai-chat'].script({ body, headers: { 'content-type': 'application/json' } });
    expect((await post(chatBody())).status).toBe(502);
  });
});

test('a compressed body is read', async () => {
  const reply = await post(new Uint8Array(gzipSync(chatBody())), { 'content-encoding': 'gzip' });
  expect(reply.status).toBe(200);
});

test.each([
  ['no JSON', 'not json', 400],
  ['a list', '[]', 400],
  ['two models', '{"model":"a","model":"b","messages":[]}', 400],
  ['no model', '{"messages":[]}', 400],
  ['a stream flag that is none', '{"model":"a","stream":"yes","messages":[]}', 400],
])('a body with %s is refused', async (_name, body, status) => {
  const reply = await post(body);
  expect(reply.status).toBe(status);
  expect(await reply.json()).toMatchObject({ error: { message: expect.any(String) } });
});

test.each([
  ['an unknown Host', { host: 'evil.example' }, 403],
  ['an unknown Origin', { origin: 'https://evil.example' }, 403],
  ['a listed Origin', { origin: 'https://app.example' }, 200],
])('%s is answered with its status', async (_name, headers, status) => {
  const { request } = await import('node:http');
  const got = await new Promise<number | undefined>((resolve, reject) => {
    const call = request(
      `${gateway.url}/v1/chat/completions`,
      { method: 'POST', headers: { authorization: `Bearer ${gateway.key}`, ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    call.on('error', reject);
    call.end(chatBody());
  });
  expect(got).toBe(status);
});

test('an unknown route is a 404 in the dialect of its path', async () => {
  const reply = await post('{}', {}, '/v1/messages/unheard');
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
});

test('probes need no key', async () => {
  expect(await (await fetch(`${gateway.url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
});

test('a thinking suffix reaches the model and leaves the name', async () => {
  const seen = gateway.upstreams['gemini-generate'].waitForRequest(1);
  const reply = await post(
    JSON.stringify({ model: 'gemini-2.5-flash(high)', messages: [{ role: 'user', content: 'hi' }] }),
  );
  expect(await reply.json()).toMatchObject({ model: 'gemini-2.5-flash' });
  expect((await seen).body).toMatchObject({ generationConfig: { thinkingConfig: { thinkingBudget: 24_576 } } });
});
