import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { PNG, PNG_BYTES, untilAborted, weather } from '../support/client-requests.js';
import { MODEL_OF, type TestGateway, UPSTREAM_KINDS, useGateway } from '../support/gateway.js';
import { errorReply, streamThenCut, streamThenError } from '../support/upstream.js';

let gateway: TestGateway;
let client: Anthropic;
useGateway((started) => {
  gateway = started;
  client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});

const tool: Anthropic.Tool = {
  name: weather.name,
  description: weather.description,
  input_schema: { ...weather.parameters, required: ['city'] },
};
const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

describe.each(UPSTREAM_KINDS)('anthropic client to %s', (kind) => {
  const model = MODEL_OF[kind];
  const ask = (content: string) => ({ model, max_tokens: 4000, messages: [{ role: 'user' as const, content }] });

  test('answers', async () => {
    const answer = await client.messages.create(ask('good morning'));
    expect(textOf(answer)).toBe(`Hello from ${kind}: good morning`);
    expect(answer).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
    expect(answer.usage.input_tokens).toBeGreaterThan(0);
    expect(answer.usage.output_tokens).toBeGreaterThan(0);
  });

  test('streams', async () => {
    const stream = client.messages.stream(ask('good morning'));
    let text = '';
    stream.on('text', (delta) => {
      text += delta;
    });
    const message = await stream.finalMessage();
    expect(text).toBe(`Hello from ${kind}: good morning`);
    expect(textOf(message)).toBe(text);
    expect(message.usage.output_tokens).toBeGreaterThan(0);
  });

  test('goes on over several turns', async () => {
    const answer = await client.messages.create({
      model,
      max_tokens: 1000,
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'first answer' },
        { role: 'user', content: 'two' },
      ],
    });
    expect(textOf(answer)).toBe(`Hello from ${kind}: two`);
  });

  test.each([false, true])('calls tools in parallel and takes their results, streamed: %s', async (streamed) => {
    const request = { ...ask('use get_weather in parallel'), tools: [tool] };
    const first = streamed
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
    expect(first.stop_reason).toBe('tool_use');
    const calls = first.content.filter((block): block is Anthropic.ToolUseBlock => block.type === 'tool_use');
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['get_weather', { city: 'Paris' }],
      ['get_weather', { city: 'Rome' }],
    ]);
    const results = calls.map(({ id, input }) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: `${(input as { city: string }).city} is sunny`,
    }));
    const second = await client.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results },
      ],
    });
    expect(textOf(second)).toBe('Result: Paris is sunny, Rome is sunny');
  });

  test('takes an image', async () => {
    const answer = await client.messages.create({
      model,
      max_tokens: 1000,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
            { type: 'text', text: 'what is this?' },
          ],
        },
      ],
    });
    expect(textOf(answer)).toContain(`I see an image (image/png, ${PNG_BYTES} bytes)`);
  });

  test('gives structured output', async () => {
    const answer = await client.messages.create({
      ...ask('a person please'),
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    });
    expect(JSON.parse(textOf(answer))).toMatchObject({ name: expect.any(String), age: expect.any(Number) });
  });

  test.each([false, true])('shows reasoning and gets it back in the next turn, streamed: %s', async (streamed) => {
    const request = {
      ...ask('think, then use get_weather'),
      tools: [tool],
      thinking: { type: 'enabled' as const, budget_tokens: 2000 },
    };
    const first = streamed
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
    const thinking = first.content.find((block) => block.type === 'thinking');
    expect(thinking?.thinking).toContain('Thinking about it.');
    const call = first.content.find((block) => block.type === 'tool_use');
    const second = await client.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'sunny' }] },
      ],
    });
    expect(textOf(second)).toContain('Result: sunny');
  });

  test('counts tokens', async () => {
    const { input_tokens } = await client.messages.countTokens({
      model,
      messages: [{ role: 'user', content: 'count me' }],
    });
    expect(input_tokens).toBeGreaterThan(1);
  });

  test('an abort closes the upstream within 100 ms', async () => {
    const stream = await client.messages.create({ ...ask('slowly'), stream: true });
    await untilAborted(gateway.upstreams[kind], stream, () => stream.controller.abort());
  });

  test.each([
    ['rate-limit', 429, Anthropic.RateLimitError],
    ['server', 500, Anthropic.InternalServerError],
    ['invalid', 400, Anthropic.BadRequestError],
  ] as const)('reports %s', async (name, status, type) => {
    gateway.upstreams[kind].script(errorReply(kind, name));
    const error = await client.messages.create(ask('x')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, error: { type: 'error', error: { message: expect.any(String) } } });
    if (name === 'rate-limit')
      expect((error as InstanceType<typeof Anthropic.RateLimitError>).headers.get('retry-after')).toBeTruthy();
  });

  test('reports overload', async () => {
    gateway.upstreams[kind].script(errorReply(kind, 'overloaded'));
    const error = await client.messages.create(ask('x')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ error: { error: { type: 'overloaded_error' } } });
  });

  test.each([
    ['an error', streamThenError],
    ['a cut', streamThenCut],
  ])('%s in mid-stream is an error, not an end', async (_name, builder) => {
    gateway.upstreams[kind].script(builder(kind, 'half an answer'));
    let text = '';
    const read = async (): Promise<void> => {
      for await (const event of await client.messages.create({ ...ask('x'), stream: true })) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
      }
    };
    await expect(read()).rejects.toBeInstanceOf(Anthropic.APIError);
    expect(text).toBe('half an answer');
  });
});

test('a wrong key, an unknown model and a body too large have their types', async () => {
  const wrong = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-wrong', maxRetries: 0 });
  const ask = { model: 'acme-large', max_tokens: 10, messages: [{ role: 'user' as const, content: 'x' }] };
  await expect(wrong.messages.create(ask)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  await expect(client.messages.create({ ...ask, model: 'nope' })).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  const huge = { ...ask, messages: [{ role: 'user' as const, content: 'x'.repeat(3 * 1024 * 1024) }] };
  await expect(client.messages.create(huge)).rejects.toMatchObject({
    status: 413,
    error: { error: { type: 'request_too_large' } },
  });
});

test('lists the models with their limits', async () => {
  const models = [];
  for await (const model of client.models.list()) models.push(model);
  expect(models.map(({ id }) => id).sort()).toEqual(Object.values(MODEL_OF).sort());
  expect(models.find(({ id }) => id.startsWith('claude'))).toMatchObject({
    type: 'model',
    max_input_tokens: 200_000,
    max_tokens: 64_000,
  });
});
