import OpenAI from 'openai';
import type { RunnableToolFunctionWithParse } from 'openai/lib/RunnableFunction';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PNG, PNG_BYTES, untilAborted, weather } from '../../../support/client-requests.js';
import { errorReply, type SimulatedUpstream, startSimulatedUpstream } from '../../../support/upstream.js';

const model = 'acme-large';
let upstream: SimulatedUpstream;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', apiKey: 'sk-up', models: [model] });
  client = new OpenAI({ baseURL: upstream.url, apiKey: 'sk-up', maxRetries: 0 });
});
afterAll(() => upstream.close());
afterEach(() => upstream.reset());

const ask = (content: string) => ({ model, messages: [{ role: 'user' as const, content }] });
const tool: OpenAI.ChatCompletionTool = { type: 'function', function: { ...weather, strict: true } };

test('answers with usage', async () => {
  const answer = await client.chat.completions.create(ask('good morning'));
  expect(answer).toMatchObject({
    object: 'chat.completion',
    choices: [
      { message: { content: 'Hello from openai-chat: good morning', role: 'assistant' }, finish_reason: 'stop' },
    ],
  });
  expect(answer.usage?.prompt_tokens).toBeGreaterThan(0);
});

test('streams word by word, with usage when asked', async () => {
  const stream = client.chat.completions.stream({ ...ask('good morning'), stream_options: { include_usage: true } });
  const deltas: string[] = [];
  stream.on('content', (delta) => deltas.push(delta));
  const final = await stream.finalChatCompletion();
  expect(deltas.length).toBeGreaterThan(3);
  expect(deltas.join('')).toBe('Hello from openai-chat: good morning');
  expect(final.usage?.completion_tokens).toBeGreaterThan(0);
});

test('calls tools in parallel and reads their results', async () => {
  const parameters = { ...weather.parameters, required: [...weather.parameters.required] };
  const runnable: RunnableToolFunctionWithParse<{ city: string }> = {
    type: 'function',
    function: { ...weather, parameters, parse: JSON.parse, function: ({ city }) => `${city} is sunny` },
  };
  const runner = client.chat.completions.runTools({ ...ask('use get_weather in parallel'), tools: [runnable] });
  expect(await runner.finalContent()).toBe('Result: Paris is sunny, Rome is sunny');
});

test('streams calls in fragments', async () => {
  const stream = client.chat.completions.stream({ ...ask('use get_weather for "Oslo"'), tools: [tool] });
  const { choices } = await stream.finalChatCompletion();
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: 'Let me check.',
      tool_calls: [{ function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }],
    },
  });
});

test.each([
  { name: 'none', choice: 'none' as const, calls: 0 },
  { name: 'required', choice: 'required' as const, calls: 1 },
  { name: 'named', choice: { type: 'function' as const, function: { name: 'get_weather' } }, calls: 1 },
])('respects tool_choice $name', async ({ choice, calls }) => {
  const said = choice === 'none' ? 'use get_weather' : 'hello';
  const { choices } = await client.chat.completions.create({ ...ask(said), tools: [tool], tool_choice: choice });
  expect(choices[0]?.message.tool_calls ?? []).toHaveLength(calls);
});

test('sees images', async () => {
  const { choices } = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }] }],
  });
  expect(choices[0]?.message.content).toBe(`I see an image (image/png, ${PNG_BYTES} bytes).`);
});

test('fits the schema of structured output', async () => {
  const { choices } = await client.chat.completions.parse({
    ...ask('a person'),
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'person',
        strict: true,
        schema: {
          type: 'object',
          properties: { name: { type: 'string' }, age: { type: 'integer' } },
          required: ['name', 'age'],
          additionalProperties: false,
        },
      },
    },
  });
  expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ name: 'Paris', age: 7 });
});

test('shows reasoning when effort is asked for, and counts it', async () => {
  const { choices, usage } = await client.chat.completions.create({ ...ask('think'), reasoning_effort: 'high' });
  expect(choices[0]?.message).toMatchObject({ reasoning_content: 'Thinking about it.' });
  expect(usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
});

test('reports a repeated prefix as cached', async () => {
  const long = `remember this ${'and this '.repeat(40)}`;
  const first = await client.chat.completions.create(ask(long));
  const second = await client.chat.completions.create(ask(`${long} now`));
  expect(first.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  expect(second.usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(50);
});

test('an empty answer and a cut one end as asked', async () => {
  const empty = await client.chat.completions.create(ask('say nothing'));
  expect(empty.choices[0]).toMatchObject({ message: { content: '' }, finish_reason: 'stop' });
  const cut = await client.chat.completions.create(ask('stop at length'));
  expect(cut.choices[0]?.finish_reason).toBe('length');
});

test('sees at once that the client went away', async () => {
  const stream = await client.chat.completions.create({ ...ask('slowly'), stream: true });
  await untilAborted(upstream, stream, () => stream.controller.abort());
  expect(upstream.requests[0]?.abortedAt).toBeTypeOf('number');
});

test('lists models, and makes embeddings', async () => {
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  expect(ids).toEqual([model]);
  expect((await client.models.retrieve(model)).object).toBe('model');
  const { data } = await client.embeddings.create({ model, input: ['a', 'b'] });
  expect(data.map(({ embedding }) => embedding)).toEqual([
    [0.25, -0.5, 0.125],
    [0.25, -0.5, 0.125],
  ]);
});

test.each([
  ['unauthorized', OpenAI.AuthenticationError, 'invalid_api_key'],
  ['model-missing', OpenAI.NotFoundError, 'model_not_found'],
  ['rate-limit', OpenAI.RateLimitError, 'rate_limit_exceeded'],
  ['server', OpenAI.InternalServerError, null],
  ['context-length', OpenAI.BadRequestError, 'context_length_exceeded'],
] as const)('the scripted failure %s has its type', async (name, type, code) => {
  upstream.script(errorReply('openai-chat', name));
  const error = await client.chat.completions.create(ask('x')).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ code });
});

test('a wrong key and an unknown model are refused', async () => {
  const wrong = new OpenAI({ baseURL: upstream.url, apiKey: 'sk-other', maxRetries: 0 });
  await expect(wrong.chat.completions.create(ask('x'))).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  await expect(client.chat.completions.create({ ...ask('x'), model: 'nope' })).rejects.toBeInstanceOf(
    OpenAI.NotFoundError,
  );
});
