import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { markersOf } from '../../../support/anthropic-bodies.js';
import { MODEL_OF, startGateway, type TestGateway } from '../../../support/gateway.js';

const MODEL = MODEL_OF['anthropic-messages'];
const turns = [
  { role: 'user', content: 'one' },
  { role: 'assistant', content: 'x' },
  { role: 'user', content: 'two' },
];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
afterEach(() => gateway.upstreams['anthropic-messages'].reset());

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify({ model: MODEL, max_tokens: 50, ...body }),
  });
  return { status: response.status, body: (await response.json()) as object };
}
const upstream = () => gateway.upstreams['anthropic-messages'].requests;

describe('a Claude upstream behind the gateway', () => {
  test.each<[string, object, object]>([
    ['/v1/messages', { system: 'S', messages: turns }, { 'system.0': '5m', 'messages.0.content.0': '5m' }],
    [
      '/v1/chat/completions',
      { messages: [{ role: 'system', content: 'S' }, ...turns] },
      { 'system.0': '5m', 'messages.0.content.0': '5m' },
    ],
  ])('gets cache breakpoints from %s', async (path, body, marks) => {
    expect((await post(path, body)).status).toBe(200);
    expect(markersOf(upstream()[0]?.body)).toEqual(marks);
  });

  test('gets the beta of the long context, and not the header that asks for it', async () => {
    expect((await post('/v1/messages', { messages: turns }, { 'x-cpa-claude-1m': '1' })).status).toBe(200);
    expect(upstream()[0]?.headers).toMatchObject({ 'anthropic-beta': 'context-1m-2025-08-07' });
    expect(upstream()[0]?.headers).not.toHaveProperty('x-cpa-claude-1m');
  });

  test('is not asked with a system message that its model refuses: the client is told in its own words', async () => {
    const messages = [...turns, { role: 'system', content: 'S' }, turns[0]];
    const { status, body } = await post('/v1/messages', { messages });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining('rebuild-mid-system-message') },
    });
    expect(upstream()).toHaveLength(0);
  });
});
