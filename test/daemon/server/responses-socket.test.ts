import { afterEach, describe, expect, test } from 'vitest';
import { MODEL_OF, startGateway, type TestGateway } from '../../support/gateway.js';
import { servePlane } from '../../support/plane.js';
import { openSocketClient, responseOf, type SocketClient, textOf } from '../../support/responses-socket.js';
import { streamThenStall } from '../../support/upstream.js';

const model = MODEL_OF['openai-responses'];
const create = (input: unknown, members: object = {}) => ({ type: 'response.create', model, input, ...members });

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(settings = ''): Promise<TestGateway> {
  const gateway = await startGateway(settings);
  ends.push(() => gateway.close());
  return gateway;
}

async function connect({ url, key }: Pick<TestGateway, 'url' | 'key'>, headers = {}): Promise<SocketClient> {
  const client = await openSocketClient(`${url}/v1/responses`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  ends.push(() => client.socket.terminate());
  return client;
}

describe('the upgrade', () => {
  test.each([
    { what: 'a wrong key', headers: { authorization: 'Bearer sk-wrong' }, status: 401, code: 'invalid_api_key' },
    { what: 'no key', headers: { authorization: '' }, status: 401, code: 'missing_api_key' },
    { what: 'a foreign page', headers: { origin: 'https://evil.test' }, status: 403, code: 'origin_not_allowed' },
    { what: 'a rebound name', headers: { host: 'evil.test' }, status: 403, code: 'host_not_allowed' },
  ])('of $what is refused with $status', async ({ headers, status, code }) => {
    const refused = await connect(await start(), headers).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status, body: expect.stringContaining(`"${code}"`) });
  });

  test('is refused with 426 where the config says so, and POST still works', async () => {
    const gateway = await start('responses-websocket-enabled: false');
    await expect(connect(gateway)).rejects.toMatchObject({ status: 426 });
    const reply = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}` },
      body: JSON.stringify({ model, input: 'x' }),
    });
    expect(reply.status).toBe(200);
  });

  test('is what a plain GET is asked for', async () => {
    const { url, key } = await start();
    const reply = await fetch(`${url}/v1/responses`, { headers: { authorization: `Bearer ${key}` } });
    expect(reply.status).toBe(426);
    expect(await reply.json()).toMatchObject({ error: { code: 'upgrade_required' } });
  });

  test('of another route is answered as plain HTTP', async () => {
    const { url, key } = await start();
    const options = { headers: { authorization: `Bearer ${key}` } };
    await expect(openSocketClient(`${url}/v1/nothing`, options)).rejects.toMatchObject({ status: 404 });
    await expect(openSocketClient(`${url}/v1/models`, options)).rejects.toMatchObject({ status: 200 });
  });

  test('declines compression', async () => {
    const client = await connect(await start());
    expect(client.socket.extensions).toBe('');
  });
});

describe('a frame', () => {
  test.each([
    {
      what: 'an append before any create',
      frame: { type: 'response.append', input: [] },
      message: 'websocket request received before response.create',
    },
    {
      what: 'a create without a model',
      frame: { type: 'response.create', input: 'x' },
      message: 'missing model in response.create request',
    },
    { what: 'an unknown type', frame: { type: 'response.cancel' }, message: expect.stringContaining('"type"') },
    { what: 'input that is none', frame: create(7), message: expect.stringContaining('input') },
    { what: 'no input at all', frame: create(undefined), message: expect.stringContaining('input') },
    {
      what: 'an unknown previous response',
      frame: create([], { previous_response_id: 'resp_elsewhere' }),
      message: "Previous response with id 'resp_elsewhere' not found.",
      code: 'previous_response_not_found',
    },
  ])('with $what is answered with an error, and the socket stays', async ({ frame, message, code }) => {
    const client = await connect(await start());
    const error = { message, type: 'invalid_request_error', ...(code === undefined ? {} : { code }) };
    expect(await client.ask(frame)).toMatchObject([{ type: 'error', status: 400, error }]);
    expect(textOf(await client.ask(create('still here')))).toContain('still here');
  });

  test('that is no JSON is answered with an error', async () => {
    const client = await connect(await start());
    client.socket.send('{"type":');
    expect(await client.next()).toMatchObject({ type: 'error', status: 400, error: { code: 'invalid_json' } });
  });

  test.each([
    { what: 'is binary', data: Buffer.from('{}'), binary: true, code: 1003 },
    { what: 'is larger than the limit', data: Buffer.alloc(3 * 1024 * 1024, 0x20), binary: false, code: 1009 },
  ])('that $what closes the socket with $code', async ({ data, binary, code }) => {
    const client = await connect(await start());
    client.socket.send(data, { binary });
    expect(await client.closed).toBe(code);
  });

  test('for an unknown model is answered with 404', async () => {
    const client = await connect(await start());
    expect(await client.ask(create('x', { model: 'nope' }))).toMatchObject([{ type: 'error', status: 404 }]);
  });
});

describe('memory', () => {
  test('a conversation that grows past the limit is refused as a whole', async () => {
    const client = await connect(await start());
    const half = 'x'.repeat(1.5 * 1024 * 1024);
    const warm = { generate: false, input: [{ role: 'user', content: half }] };
    const previous_response_id = responseOf(await client.ask(create([], warm))).id;
    const answer = await client.ask(create([{ role: 'user', content: half }], { previous_response_id }));
    expect(answer).toMatchObject([{ type: 'error', status: 413, error: { code: 'request_too_large' } }]);
  });

  test('is not shared between sockets', async () => {
    const gateway = await start();
    const [one, other] = [await connect(gateway), await connect(gateway)];
    const previous_response_id = responseOf(await one.ask(create('mine'))).id;
    expect(await other.ask(create([], { previous_response_id }))).toMatchObject([
      { type: 'error', error: { code: 'previous_response_not_found' } },
    ]);
  });

  test('an append goes on from the last response with its settings', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    await client.ask(create('one', { instructions: 'Be brief.' }));
    const answer = await client.ask({ type: 'response.append', input: [{ role: 'user', content: 'two' }] });
    expect(textOf(answer)).toBe('Hello from openai-responses: two');
    const { body } = await gateway.upstreams['openai-responses'].waitForRequest(2);
    expect(body).toMatchObject({
      model,
      instructions: 'Be brief.',
      input: [{ content: 'one' }, { role: 'assistant' }, { content: 'two' }],
    });
  });

  test('unstored reasoning is asked for in the form that can be sent back', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    const reasoning = { reasoning: { effort: 'high' } };
    const previous_response_id = responseOf(await client.ask(create('think of one', reasoning))).id;
    const answer = await client.ask(create('and two', { ...reasoning, previous_response_id }));
    expect(textOf(answer)).toContain('and two');
    const { body } = await gateway.upstreams['openai-responses'].waitForRequest(2);
    expect(body).toMatchObject({ input: expect.arrayContaining([expect.objectContaining({ type: 'reasoning' })]) });
  });
});

describe('an upstream', () => {
  const event = (type: string, members: object): string => `data: ${JSON.stringify({ type, ...members })}\n\n`;
  const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'first' }] };

  test('that lists no output in its last event is remembered by its items', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    gateway.upstreams['openai-responses'].script({
      stream: [
        event('response.created', { response: { id: 'resp_1', status: 'in_progress', output: [] } }),
        event('response.output_item.done', { output_index: 0, item }),
        event('response.completed', { response: { id: 'resp_1', status: 'completed', output: [] } }),
      ],
    });
    await client.ask(create('one'));
    await client.ask(create([{ role: 'user', content: 'two' }], { previous_response_id: 'resp_1' }));
    const { body } = await gateway.upstreams['openai-responses'].waitForRequest(2);
    expect(body).toMatchObject({ input: [{ content: 'one' }, item, { content: 'two' }] });
  });

  test('that answers whole although it was asked to stream is shown as a stream', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    gateway.upstreams['openai-responses'].script({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { id: 'resp_1', object: 'response', status: 'completed', model, output: [item] },
    });
    const answer = await client.ask(create('one'));
    expect(textOf(answer)).toBe('first');
    expect(answer.map(({ type }) => type)).toContain('response.output_item.done');
    expect(responseOf(await client.ask(create([], { previous_response_id: responseOf(answer).id })))).toBeDefined();
  });

  test('cut inside of an event gives no half frame', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    gateway.upstreams['openai-responses'].script({
      stream: [
        event('response.created', { response: { id: 'resp_1', status: 'in_progress', output: [] } }),
        event('response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'half' }),
        'data: {"type":"response.output_text.delta","delta":"an',
        'cut',
      ],
    });
    const answer = await client.ask(create('one'));
    expect(textOf(answer)).toBe('half');
    expect(answer.at(-1)).toMatchObject({ type: 'error', status: 502, error: { type: 'server_error' } });
  });
});

test('turns on one socket run one after another', async () => {
  const gateway = await start();
  const client = await connect(gateway);
  client.send(create('slowly'));
  client.send(create('second'));
  const ended: unknown[] = [];
  while (ended.length < 2) {
    const { type } = await client.next();
    if (type === 'response.created' || type === 'response.completed') {
      if (type === 'response.created')
        expect(gateway.upstreams['openai-responses'].requests).toHaveLength(ended.length + 1);
      else ended.push(type);
    }
  }
});

test('turns cannot be piled up', async () => {
  const gateway = await start();
  const client = await connect(gateway);
  gateway.upstreams['openai-responses'].script(streamThenStall('openai-responses', 'and then'));
  for (let turn = 0; turn < 10; turn++) client.send(create('x'));
  expect(await client.closed).toBe(1008);
});

describe('a gateway', () => {
  const KEY = 'sk-client-1';
  const configOf = (key: string, upstreamUrl: string) => `api-keys: [${key}]
codex-api-key:
  - { api-key: up-openai-responses, base-url: "${upstreamUrl}", models: [{ name: ${model} }] }`;

  async function open() {
    const { upstreams } = await start();
    const { url } = upstreams['openai-responses'];
    const served = await servePlane(configOf(KEY, url));
    ends.push(served.close);
    return { ...served, key: KEY, takeKey: () => served.apply(configOf('sk-client-2', url)) };
  }

  test('that takes a key away refuses the next turn of its open socket', async () => {
    const gateway = await open();
    const client = await connect(gateway);
    await client.ask(create('one'));
    gateway.takeKey();
    expect(await client.ask(create('two'))).toMatchObject([{ type: 'error', status: 401 }]);
  });

  test('that stops closes an idle socket at once', async () => {
    const gateway = await open();
    const client = await connect(gateway);
    gateway.plane.setReady(false);
    expect(await client.closed).toBe(1001);
  });

  test('that stops lets a running answer end, and counts it meanwhile', async () => {
    const gateway = await open();
    const client = await connect(gateway);
    client.send(create('slowly'));
    await client.next();
    expect(gateway.plane.stats().inFlight).toBe(1);
    gateway.plane.setReady(false);
    expect(await client.closed).toBe(1001);
    expect(client.frames.at(-1)?.type).toBe('response.completed');
    expect(gateway.plane.stats().inFlight).toBe(0);
  });
});
