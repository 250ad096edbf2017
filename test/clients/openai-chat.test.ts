import OpenAI from 'openai';
import type { RunnableToolFunctionWithParse } from 'openai/lib/RunnableFunction';
import { describe, expect, test } from 'vitest';
import { PNG, PNG_BYTES, untilAborted, weather } from '../support/client-requests.js';
import { MODEL_OF, type TestGateway, UPSTREAM_KINDS, useGateway } from '../support/gateway.js';
import { errorReply, streamThenCut, streamThenError } from '../support/upstream.js';

let gateway: TestGateway;
let client: OpenAI;
useGateway((started) => {
  gateway = started;
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});

const tool: OpenAI.ChatCompletionTool = { type: 'function', function: { ...weather, strict: false } };

describe.each(UPSTREAM_KINDS)('openai chat client to %s', (kind) => {
  const model = MODEL_OF[kind];
  const ask = (content: string) => ({ model, messages: [{ role: 'user' as const, content }] });

  test('answers', async () => {
    const answer = await client.chat.completions.create(ask('good morning'));
    expect(answer.choices[0]?.message.content).toBe(`Hello from ${kind}: good morning`);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.prompt_tokens).toBeGreaterThan(0);
    expect(answer.usage?.total_tokens).toBe(
      (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
    );
  });

  test('streams, with usage only when asked', async () => {
    let text = '';
    for await (const chunk of await client.chat.completions.create({ ...ask('good morning'), stream: true })) {
      expect(chunk.usage ?? null).toBeNull();
      expect(chunk.choices).toHaveLength(1);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(`Hello from ${kind}: good morning`);
    const stream = await client.chat.completions.create({
      ...ask('good morning'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages = [];
    for await (const chunk of stream) if (chunk.usage) usages.push(chunk.usage);
    expect(usages).toHaveLength(1);
    expect(usages[0]?.completion_tokens).toBeGreaterThan(0);
  });

  test('goes on over several turns', async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'first answer' },
        { role: 'user', content: 'two' },
      ],
    });
    expect(answer.choices[0]?.message.content).toBe(`Hello from ${kind}: two`);
  });

  test('calls tools in parallel and takes their results', async () => {
    const parameters = { ...weather.parameters, required: [...weather.parameters.required] };
    const runnable: RunnableToolFunctionWithParse<{ city: string }> = {
      type: 'function',
      function: { ...weather, parameters, parse: JSON.parse, function: ({ city }) => `${city} is sunny` },
    };
    const runner = client.chat.completions.runTools({ ...ask('use get_weather in parallel'), tools: [runnable] });
    expect(await runner.finalContent()).toBe('Result: Paris is sunny, Rome is sunny');
  });

  test('streams tool calls', async () => {
    const stream = client.chat.completions.stream({ ...ask('use get_weather in parallel'), tools: [tool] });
    const message = await stream.finalMessage();
    expect(message.tool_calls?.map((call) => call.type === 'function' && call.function)).toMatchObject([
      { name: 'get_weather', arguments: JSON.stringify({ city: 'Paris' }) },
      { name: 'get_weather', arguments: JSON.stringify({ city: 'Rome' }) },
    ]);
    expect((await stream.finalChatCompletion()).choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('takes an image', async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ],
        },
      ],
    });
    expect(answer.choices[0]?.message.content).toContain(`I see an image (image/png, ${PNG_BYTES} bytes)`);
  });

  test('gives structured output', async () => {
    const answer = await client.chat.completions.create({
      ...ask('a person please'),
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'person',
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toMatchObject({
      name: expect.any(String),
      age: expect.any(Number),
    });
  });

  test('asks for reasoning and sees it', async () => {
    const answer = await client.chat.completions.create({ ...ask('think'), reasoning_effort: 'high' });
    expect(answer.choices[0]?.message.content).toBe(`Hello from ${kind}: think`);
    const { message } = answer.choices[0] ?? {};
    expect(message && 'reasoning_content' in message ? message.reasoning_content : '').toContain('Thinking about it.');
  });

  test('an abort closes the upstream within 100 ms', async () => {
    const stream = await client.chat.completions.create({ ...ask('slowly'), stream: true });
    await untilAborted(gateway.upstreams[kind], stream, () => stream.controller.abort());
  });

  test.each([
    ['rate-limit', 429, OpenAI.RateLimitError],
    ['server', 500, OpenAI.InternalServerError],
    ['invalid', 400, OpenAI.BadRequestError],
  ] as const)('reports %s', async (name, status, type) => {
    gateway.upstreams[kind].script(errorReply(kind, name));
    const error = await client.chat.completions.create(ask('x')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status });
    if (name === 'rate-limit') {
      expect(error instanceof OpenAI.RateLimitError && error.headers.get('retry-after')).toBeTruthy();
    }
  });

  test('reports overload as a server error', async () => {
    gateway.upstreams[kind].script(errorReply(kind, 'overloaded'));
    const error = await client.chat.completions.create(ask('x')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
  });

  test.each([
    ['an error', streamThenError],
    ['a cut', streamThenCut],
  ])('%s in mid-stream is an error, not an end', async (_name, builder) => {
    gateway.upstreams[kind].script(builder(kind, 'half an answer'));
    let text = '';
    const read = async (): Promise<void> => {
      const stream = await client.chat.completions.create({ ...ask('x'), stream: true });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(text).toBe('half an answer');
  });
});

test('a wrong key, an unknown model and a body too large have their types', async () => {
  const wrong = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
  const ask = { model: 'acme-large', messages: [{ role: 'user' as const, content: 'x' }] };
  await expect(wrong.chat.completions.create(ask)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  await expect(client.chat.completions.create({ ...ask, model: 'nope' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  const huge = { ...ask, messages: [{ role: 'user' as const, content: 'x'.repeat(3 * 1024 * 1024) }] };
  await expect(client.chat.completions.create(huge)).rejects.toMatchObject({ status: 413 });
});

test('lists the models', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids.sort()).toEqual(Object.values(MODEL_OF).sort());
});

test('legacy completions answer and stream', async () => {
  const answer = await client.completions.create({ model: 'acme-large', prompt: 'good morning' });
  expect(answer.choices[0]?.text).toBe('Hello from openai-chat: good morning');
  let text = '';
  const stream = await client.completions.create({ model: MODEL_OF['anthropic-messages'], prompt: 'hi', stream: true });
  for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
  expect(text).toBe('Hello from anthropic-messages: hi');
});
