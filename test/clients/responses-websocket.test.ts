import OpenAI from 'openai';
import type { ResponseInputItem, ResponsesClientEvent } from 'openai/resources/responses/responses';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { weather } from '../support/client-requests.js';
import { MODEL_OF, startGateway, type TestGateway, UPSTREAM_KINDS } from '../support/gateway.js';
import { openSocketClient, responseOf, type SocketClient, textOf } from '../support/responses-socket.js';
import { startStopwatch } from '../support/stopwatch.js';
import { errorReply, streamThenCut, streamThenError } from '../support/upstream.js';

let gateway: TestGateway;
let openai: OpenAI;
const open: { terminate(): void }[] = [];
beforeAll(async () => {
  gateway = await startGateway();
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(() => gateway.close());
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
  for (const upstream of Object.values(gateway.upstreams)) upstream.reset();
});

async function connect(path = '/v1/responses'): Promise<SocketClient> {
  const client = await openSocketClient(`${gateway.url}${path}`, {
    headers: { authorization: `Bearer ${gateway.key}`, 'openai-beta': 'responses_websockets=2026-02-06' },
  });
  open.push(client.socket);
  return client;
}

const user = (content: string): ResponseInputItem => ({ type: 'message', role: 'user', content });
const tools: OpenAI.Responses.Tool[] = [{ type: 'function', strict: true, ...weather }];

describe.each(UPSTREAM_KINDS)("OpenAI's ResponsesWS to %s", (kind) => {
  const model = MODEL_OF[kind];

  async function converse(turns: (previous: string | undefined) => ResponsesClientEvent, count: number) {
    const ws = new ResponsesWS(openai);
    const texts: string[] = [];
    let previous: string | undefined;
    try {
      for (let turn = 0; turn < count; turn++) {
        ws.send(turns(previous));
        const response = await new Promise<OpenAI.Responses.Response>((resolve, reject) => {
          ws.once('response.completed', (event) => resolve(event.response));
          ws.once('error', reject);
        });
        previous = response.id;
        const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []));
        texts.push(parts.map((part) => (part.type === 'output_text' ? part.text : '')).join(''));
      }
    } finally {
      ws.close();
    }
    return texts;
  }

  test('answers turn after turn, each with nothing but its new items', async () => {
    const words = ['one', 'two', 'three'];
    const texts = await converse(
      (previous) => ({
        type: 'response.create',
        model,
        input: [user(words.shift() ?? '')],
        ...(previous === undefined ? {} : { previous_response_id: previous }),
      }),
      3,
    );
    expect(texts).toEqual(['one', 'two', 'three'].map((word) => `Hello from ${kind}: ${word}`));
    const last = JSON.stringify(gateway.upstreams[kind].requests.at(-1)?.body);
    for (const word of ['one', 'two', 'three', `Hello from ${kind}: two`]) expect(last).toContain(word);
    expect(last).not.toContain('previous_response_id');
  });

  test('reports an upstream error as an error event', async () => {
    gateway.upstreams[kind].script(errorReply(kind, 'invalid'));
    await expect(converse(() => ({ type: 'response.create', model, input: 'x' }), 1)).rejects.toThrow(/"status":400/);
  });
});

describe.each(UPSTREAM_KINDS)('a Codex-like client to %s', (kind) => {
  const model = MODEL_OF[kind];
  const settings = {
    type: 'response.create',
    model,
    instructions: 'You are a coding agent.',
    tools,
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { effort: 'high', summary: 'auto' },
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: 'conversation-1',
  };

  test('warms up, calls a tool, and sends only its result', async () => {
    const client = await connect('/backend-api/codex/responses');
    const warmUp = await client.ask({ ...settings, input: [user('think, then use get_weather')], generate: false });
    expect(warmUp.map(({ type }) => type)).toEqual(['response.created', 'response.completed']);
    expect(responseOf(warmUp).output).toEqual([]);
    expect(gateway.upstreams[kind].requests).toHaveLength(0);

    const first = await client.ask({ ...settings, input: [], previous_response_id: responseOf(warmUp).id });
    const call = responseOf(first).output.find(({ type }) => type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather' });
    const result = { type: 'function_call_output', call_id: call?.['call_id'], output: 'sunny' };
    const second = await client.ask({ ...settings, input: [result], previous_response_id: responseOf(first).id });
    expect(textOf(second)).toContain('Result: sunny');

    const third = await client.ask({ ...settings, input: [user('bye')], previous_response_id: responseOf(second).id });
    expect(textOf(third)).toContain('bye');
  });

  test('is given each event as one frame, in order and without a [DONE]', async () => {
    const client = await connect();
    const answer = await client.ask({ ...settings, input: [user('good morning')] });
    expect(answer.map(({ sequence_number }) => sequence_number)).toEqual(answer.map((_frame, index) => index));
    expect(answer[0]?.type).toBe('response.created');
    expect(answer.at(-1)?.type).toBe('response.completed');
    expect(textOf(answer)).toContain('good morning');
  });

  test('reads a rate limit as an error frame, and may go on afterwards', async () => {
    const client = await connect();
    gateway.upstreams[kind].script(errorReply(kind, 'rate-limit'));
    const refused = await client.ask({ ...settings, input: [user('x')] });
    expect(refused).toEqual([
      {
        type: 'error',
        status: 429,
        error: expect.objectContaining({ message: expect.any(String), type: expect.any(String) }),
        headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      },
    ]);
    expect(textOf(await client.ask({ ...settings, input: [user('again')] }))).toContain('again');
  });

  test.each([
    ['an error', streamThenError],
    ['a cut', streamThenCut],
  ])('is told of %s in mid-stream', async (_name, builder) => {
    const client = await connect();
    gateway.upstreams[kind].script(builder(kind, 'half an answer'));
    const answer = await client.ask({ ...settings, input: [user('x')] });
    expect(textOf(answer)).toBe('half an answer');
    const last = answer.at(-1);
    if (last?.type === 'error') expect(last).toMatchObject({ status: expect.any(Number), error: expect.anything() });
    else expect(last?.type).toBe('response.failed');
  });

  test.each(['closes', 'drops the connection'])('%s: the upstream is closed within 100 ms', async (how) => {
    const client = await connect();
    client.send({ ...settings, input: [user('slowly')] });
    await client.next();
    const stop = startStopwatch();
    if (how === 'closes') client.socket.close();
    else client.socket.terminate();
    const request = await gateway.upstreams[kind].waitForRequest(1);
    await request.closed;
    expect(stop()).toBeLessThan(100);
  });
});
