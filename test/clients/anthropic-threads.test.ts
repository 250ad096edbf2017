import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { MODEL_OF, type TestGateway, UPSTREAM_KINDS, useGateway } from '../support/gateway.js';

const BETA = 'message-threads-2026-08-12';

let gateway: TestGateway;
let client: Anthropic;
useGateway((started) => {
  gateway = started;
  client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});

/** As SDK 1.x sends it; the types of this version do not know the member yet. */
const ask = (model: string, thread: object, options: object = {}): Promise<Anthropic.Message> =>
  client.post('/v1/messages?beta=true', {
    body: { model, max_tokens: 1000, messages: [{ role: 'user', content: 'hello' }], thread, ...options },
    headers: { 'anthropic-beta': BETA },
  });

const created = { type: 'create' };
const continued = { type: 'continue', previous_message_id: 'msg_1' };

describe('to an Anthropic upstream', () => {
  const upstream = () => gateway.upstreams['anthropic-messages'];

  test.each([created, continued])('a thread is relayed as it is: $type', async (thread) => {
    await ask(MODEL_OF['anthropic-messages'], thread);
    const request = upstream().requests.at(-1);
    expect(request?.body).toMatchObject({ thread, messages: [{ role: 'user', content: 'hello' }] });
    expect(request?.headers['anthropic-beta']).toContain(BETA);
  });
});

describe.each(UPSTREAM_KINDS.filter((kind) => kind !== 'anthropic-messages'))('to %s', (kind) => {
  test('a new thread is served without being one', async () => {
    const answer = await ask(MODEL_OF[kind], created);
    expect(answer.content).toMatchObject([{ type: 'text', text: `Hello from ${kind}: hello` }]);
    expect(JSON.stringify(gateway.upstreams[kind].requests.at(-1)?.body)).not.toContain('thread');
  });

  test.each([false, true])('a continued one makes the SDK replay all, streamed: %s', async (stream) => {
    const error = await ask(MODEL_OF[kind], continued, { stream }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      error: { type: 'error', error: { type: 'invalid_request_error', details: { error_code: 'thread_not_found' } } },
    });
    expect(gateway.upstreams[kind].requests).toHaveLength(0);
  });
});
