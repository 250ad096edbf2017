import { afterAll, beforeAll, expect, test } from 'vitest';
import { MODEL_OF, startGateway, type TestGateway } from '../../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway('allowed-origins: ["https://app.example"]');
});
afterAll(() => gateway.close());

const corsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
const call = (path: string, init: RequestInit) => fetch(`${gateway.url}${path}`, init);
const auth = () => ({ authorization: `Bearer ${gateway.key}` });

test('the preflight of a listed origin is answered without a key', async () => {
  const reply = await call('/v1/messages', {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, content-type',
    },
  });
  expect(reply.status).toBe(204);
  expect(corsHeaders(reply)).toEqual({
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-expose-headers': 'x-request-id, retry-after, x-cliproxy-warnings',
    'access-control-max-age': '600',
  });
});

test.each([
  { what: 'a list', path: '/v1/models', status: 200, init: {} },
  {
    what: 'a generated answer',
    path: '/v1/chat/completions',
    status: 200,
    init: {
      method: 'POST',
      body: JSON.stringify({ model: MODEL_OF['openai-chat'], messages: [{ role: 'user', content: 'hi' }] }),
    },
  },
  { what: 'an error', path: '/v1/nothing', status: 404, init: {} },
])('$what may be read by a listed origin, and only by it', async ({ path, status, init }) => {
  const listed = await call(path, { ...init, headers: { ...auth(), origin: 'https://app.example' } });
  expect(listed.status).toBe(status);
  expect(corsHeaders(listed)['access-control-allow-origin']).toBe('https://app.example');
  expect(listed.headers.get('vary')).toBe('Origin');
  const none = await call(path, { ...init, headers: auth() });
  expect(none.status).toBe(status);
  expect(corsHeaders(none)).toEqual({});
});

test('another origin gets no headers and no answer', async () => {
  const origin = 'https://evil.test';
  const preflight = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } };
  for (const init of [preflight, { headers: { ...auth(), origin } }]) {
    const reply = await call('/v1/models', init);
    expect(reply.status).toBe(403);
    expect(corsHeaders(reply)).toEqual({});
  }
});
