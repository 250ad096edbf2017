import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { MODEL_OF, startGateway, type TestGateway } from '../../support/gateway.js';
import type { ScriptedReply } from '../../support/upstream.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
afterEach(() => gateway.upstreams['anthropic-messages'].reset());

const refusal = (message: string): ScriptedReply => ({
  status: 400,
  body: { type: 'error', error: { type: 'invalid_request_error', message } },
});
const SIGNATURE = refusal('messages.1.content.0: Invalid `signature` in `thinking` block');

const ask = () =>
  fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL_OF['anthropic-messages'],
      max_tokens: 2048,
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 'EuYBCkQYAiJA' },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'user', content: 'c' },
      ],
    }),
  });

const thinkingSeen = () =>
  gateway.upstreams['anthropic-messages'].requests.map(({ body }) => JSON.stringify(body).includes('"thinking"'));

test('a refused thinking signature is mended and asked again, without the client knowing', async () => {
  gateway.upstreams['anthropic-messages'].script(SIGNATURE);
  expect((await ask()).status).toBe(200);
  expect(thinkingSeen()).toEqual([true, false]);
});

test('a second refusal reaches the client', async () => {
  gateway.upstreams['anthropic-messages'].script([SIGNATURE, SIGNATURE]);
  const reply = await ask();
  expect(reply.status).toBe(400);
  expect(await reply.text()).toContain('Invalid `signature`');
  expect(thinkingSeen()).toEqual([true, false]);
});

test('any other refusal is not asked again', async () => {
  gateway.upstreams['anthropic-messages'].script(refusal('prompt is too long'));
  expect((await ask()).status).toBe(400);
  expect(thinkingSeen()).toEqual([true]);
});
