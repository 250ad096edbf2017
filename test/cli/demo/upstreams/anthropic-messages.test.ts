import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PNG, PNG_BYTES, untilAborted, weather } from '../../../support/client-requests.js';
import {
  errorReply,
  type SimulatedUpstream,
  startSimulatedUpstream,
  streamThenError,
} from '../../../support/upstream.js';

const model = 'claude-sonnet-4-6';
let upstream: SimulatedUpstream;
let client: Anthropic;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'anthropic-messages', apiKey: 'sk-up', models: [model] });
  client = new Anthropic({ baseURL: upstream.url, apiKey: 'sk-up', maxRetries: 0 });
});
afterAll(() => upstream.close());
afterEach(() => upstream.reset());

const ask = (content: string) => ({ model, max_tokens: 4000, messages: [{ role: 'user' as const, content }] });
const tool: Anthropic.Tool = { name: weather.name, input_schema: { ...weather.parameters, required: ['city'] } };
const textOf = ({ content }: Anthropic.Message): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('');

test('answers with usage', async () => {
  const answer = await client.messages.create(ask('good morning'));
  expect(answer).toMatchObject({
    type: 'message',
    content: [{ type: 'text', text: 'Hello from anthropic-messages: good morning' }],
    stop_reason: 'end_turn',
  });
  expect(answer.usage.input_tokens).toBeGreaterThan(0);
});

test('streams the events in their order', async () => {
  const types: string[] = [];
  for await (const event of await client.messages.create({ ...ask('good morning'), stream: true }))
    types.push(event.type);
  expect([...new Set(types)]).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  const message = await client.messages.stream(ask('good morning')).finalMessage();
  expect(textOf(message)).toBe('Hello from anthropic-messages: good morning');
  expect(message.usage.output_tokens).toBeGreaterThan(1);
});

test.each([false, true])('carries thinking through a loop of parallel calls, streamed: %s', async (streamed) => {
  const request = {
    ...ask('use get_weather in parallel'),
    tools: [tool],
    thinking: { type: 'enabled' as const, budget_tokens: 2000 },
  };
  const first = streamed ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
  expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
  expect(first.stop_reason).toBe('tool_use');
  const results = first.content.flatMap((block) =>
    block.type === 'tool_use'
      ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: `${JSON.stringify(block.input)} sunny` }]
      : [],
  );
  const second = await client.messages.create({
    ...request,
    messages: [...request.messages, { role: 'assistant', content: first.content }, { role: 'user', content: results }],
  });
  expect(textOf(second)).toBe('Result: {"city":"Paris"} sunny, {"city":"Rome"} sunny');
});

test('hidden thinking has a signature and no text; redacted thinking comes back too', async () => {
  const thinking = { type: 'enabled' as const, budget_tokens: 2000 };
  const hidden = await client.messages.create({ ...ask('hi'), thinking: { ...thinking, display: 'omitted' } });
  expect(hidden.content[0]).toMatchObject({ type: 'thinking', thinking: '', signature: expect.stringMatching(/^E/) });
  const said = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_X';
  const redacted = await client.messages.create({ ...ask(said), thinking });
  expect(redacted.content[0]?.type).toBe('redacted_thinking');
  const again = await client.messages.create({
    ...ask(said),
    thinking,
    messages: [
      { role: 'user', content: said },
      { role: 'assistant', content: redacted.content },
      { role: 'user', content: 'go on' },
    ],
  });
  expect(textOf(again)).toContain('go on');
});

test.each([
  { name: 'none', choice: { type: 'none' as const }, calls: 0 },
  { name: 'any', choice: { type: 'any' as const }, calls: 1 },
  { name: 'named', choice: { type: 'tool' as const, name: 'get_weather' }, calls: 1 },
  { name: 'one at a time', choice: { type: 'auto' as const, disable_parallel_tool_use: true }, calls: 1 },
])('respects tool_choice $name', async ({ choice, calls }) => {
  const answer = await client.messages.create({
    ...ask('get_weather in parallel'),
    tools: [tool],
    tool_choice: choice,
  });
  const count = answer.content.filter(({ type }) => type === 'tool_use').length;
  expect(choice.type === 'any' || choice.type === 'tool' ? count >= calls : count === calls).toBe(true);
});

test('sees images and documents, also in results', async () => {
  const answer = await client.messages.create({
    model,
    max_tokens: 100,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
        ],
      },
    ],
  });
  expect(textOf(answer)).toBe(
    `I see an image (image/png, ${PNG_BYTES} bytes). I see a document (application/pdf, 5 bytes).`,
  );
});

test('fits the schema of structured output', async () => {
  const schema = {
    type: 'object',
    properties: { age: { type: 'integer' } },
    required: ['age'],
    additionalProperties: false,
  };
  const answer = await client.messages.create({
    ...ask('x'),
    output_config: { format: { type: 'json_schema', schema } },
  });
  expect(JSON.parse(textOf(answer))).toEqual({ age: 7 });
});

test('caches what is marked: written first, read afterwards', async () => {
  const system = [
    { type: 'text' as const, text: 'be kind '.repeat(50), cache_control: { type: 'ephemeral' as const } },
  ];
  const first = await client.messages.create({ ...ask('one'), system });
  const second = await client.messages.create({ ...ask('two'), system });
  expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(50);
  expect(first.usage.cache_read_input_tokens).toBe(0);
  expect(second.usage.cache_read_input_tokens).toBeGreaterThan(50);
});

test('counts tokens and lists models', async () => {
  const { input_tokens: tokens } = await client.messages.countTokens({ model, messages: ask('count me').messages });
  expect(tokens).toBeGreaterThan(1);
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  expect(ids).toEqual([model]);
});

test('sees at once that the client went away', async () => {
  const stream = await client.messages.create({ ...ask('slowly'), stream: true });
  await untilAborted(upstream, stream, () => stream.controller.abort());
  expect(upstream.requests[0]?.abortedAt).toBeTypeOf('number');
});

test.each([
  ['unauthorized', Anthropic.AuthenticationError],
  ['model-missing', Anthropic.NotFoundError],
  ['rate-limit', Anthropic.RateLimitError],
  ['overloaded', Anthropic.InternalServerError],
  ['invalid', Anthropic.BadRequestError],
] as const)('the scripted failure %s has its type', async (name, type) => {
  upstream.script(errorReply('anthropic-messages', name));
  const error = await client.messages.create(ask('x')).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(type);
});

test('an error event ends a stream', async () => {
  upstream.script(streamThenError('anthropic-messages', 'half an answer'));
  await expect(client.messages.stream(ask('x')).finalMessage()).rejects.toThrow(/overloaded/i);
});
