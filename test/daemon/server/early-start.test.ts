import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedPlane, servePlane } from '../../support/plane.js';
import { errorReply, type SimulatedUpstream, startSimulatedUpstream } from '../../support/upstream.js';

// On real sockets: the headers and a ping have left before the upstream has said anything.

let upstream: SimulatedUpstream;
let served: ServedPlane;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', models: ['m'] });
  served = await servePlane(`
api-keys: [sk-test-client-key]
streaming: { keepalive-seconds: 1 }
openai-compatibility:
  - { name: one, base-url: "${upstream.url}", priority: 1, api-key-entries: [{ api-key: a }], models: [{ name: m }] }
  - { name: two, base-url: "${upstream.url}", api-key-entries: [{ api-key: b }], models: [{ name: m }] }
`);
});
afterAll(async () => {
  await served.close();
  await upstream.close();
});

test('a waiting Claude client has its headers and a ping, then the answer of the second credential', async () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  upstream.script([{ stream: [{ waitFor: opened }, 'reset'] }]);
  const reply = await fetch(`${served.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': 'sk-test-client-key', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', max_tokens: 10, stream: true, messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toContain('text/event-stream');
  const reader = (reply.body ?? expect.unreachable()).pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  expect(first.value).toMatch(/^event: ping\n/);
  open();
  let text = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) text += piece.value;
  expect(text).toContain('message_stop');
  const id = reply.headers.get('x-request-id') ?? '';
  expect(served.plane.explainRequest(id)).toMatchObject({ state: 'ok', startedEarly: true, tried: [{}, {}] });
});

test('a reload under load leaves running requests, bindings and cooldowns as they are', async () => {
  const ask = (session: string, stream = false) =>
    fetch(`${served.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer sk-test-client-key',
        'content-type': 'application/json',
        'x-session-key': session,
      },
      body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'hello' }] }),
    });
  upstream.reset();
  upstream.script(errorReply('openai-chat', 'unauthorized'));
  expect((await ask('bound')).status).toBe(200);
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  upstream.script({
    delayMs: 0,
    stream: ['', { waitFor: opened }, 'data: {"choices":[{"delta":{"content":"late"}}]}\n\n', 'data: [DONE]\n\n'],
  });
  const running = ask('other', true);
  await upstream.waitForRequest(3);
  served.apply(`
api-keys: [sk-test-client-key]
request-retry: 1
openai-compatibility:
  - { name: one, base-url: "${upstream.url}", priority: 1, api-key-entries: [{ api-key: a }], models: [{ name: m }] }
  - { name: two, base-url: "${upstream.url}", api-key-entries: [{ api-key: b }], models: [{ name: m }, { name: n }] }
`);
  expect(served.plane.explainRoute({ model: 'm', session: 'bound' })).toMatchObject({
    boundTo: expect.any(String),
    chain: [{ candidates: [{ serves: false, ailment: { reason: 'auth' } }, { serves: true }] }],
  });
  expect((await ask('bound')).status).toBe(200);
  open();
  expect(await (await running).text()).toContain('late');
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer a',
    'Bearer b',
    'Bearer b',
    'Bearer b',
  ]);
});
