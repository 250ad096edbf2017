import OpenAI from 'openai';
import type { ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PNG, PNG_BYTES, untilAborted, weather } from '../../../support/client-requests.js';
import { errorReply, type SimulatedUpstream, startSimulatedUpstream } from '../../../support/upstream.js';

const model = 'gpt-5.5';
let upstream: SimulatedUpstream;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-responses', apiKey: 'sk-up', models: [model] });
  client = new OpenAI({ baseURL: upstream.url, apiKey: 'sk-up', maxRetries: 0 });
});
afterAll(() => upstream.close());
afterEach(() => upstream.reset());

const tools: OpenAI.Responses.Tool[] = [{ type: 'function', strict: true, ...weather }];

test('answers with usage', async () => {
  const answer = await client.responses.create({ model, input: 'good morning' });
  expect(answer).toMatchObject({
    object: 'response',
    status: 'completed',
    output_text: 'Hello from openai-responses: good morning',
  });
  expect(answer.usage?.total_tokens).toBeGreaterThan(answer.usage?.output_tokens ?? 0);
});

test('streams the events in their order, with all items in the last', async () => {
  const events: ResponseStreamEvent[] = [];
  for await (const event of await client.responses.create({ model, input: 'hi', stream: true })) events.push(event);
  expect([...new Set(events.map(({ type }) => type))]).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, index) => index));
  const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []));
  expect(events.at(-1)).toMatchObject({ response: { output: done } });
});

test.each([false, true])('carries reasoning through a loop of parallel calls, streamed: %s', async (streamed) => {
  const request = {
    model,
    tools,
    store: false,
    include: ['reasoning.encrypted_content' as const],
    reasoning: { effort: 'high' as const, summary: 'auto' as const },
  };
  const input: ResponseInputItem[] = [{ role: 'user', content: 'use get_weather in parallel' }];
  const first = streamed
    ? await client.responses.stream({ ...request, input }).finalResponse()
    : await client.responses.create({ ...request, input });
  expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call', 'function_call']);
  const results = first.output.flatMap((item) =>
    item.type === 'function_call'
      ? [
          {
            type: 'function_call_output' as const,
            call_id: item.call_id,
            output: `${JSON.parse(item.arguments).city} is sunny`,
          },
        ]
      : [],
  );
  const history = first.output as ResponseInputItem[];
  const second = await client.responses.create({ ...request, input: [...input, ...history, ...results] });
  expect(second.output_text).toBe('Result: Paris is sunny, Rome is sunny');
  expect(second.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
});

test('goes on from a stored response', async () => {
  const first = await client.responses.create({ model, tools, input: 'use get_weather' });
  const [call] = first.output.filter((item) => item.type === 'function_call');
  const second = await client.responses.create({
    model,
    previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'rain' }],
  });
  expect(second.output_text).toBe('Result: rain');
  const error = await client.responses
    .create({ model, previous_response_id: 'resp_unknown', input: 'x' })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 400, code: 'previous_response_not_found' });
});

test('calls custom tools with free text, and tools in a namespace with its name', async () => {
  const custom = await client.responses.create({
    model,
    tools: [{ type: 'custom', name: 'apply_patch' }],
    input: 'use apply_patch with "*** Begin"',
  });
  expect(custom.output.at(-1)).toMatchObject({ type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin' });
  const body = {
    model,
    input: 'use get_weather',
    tools: [{ type: 'namespace', name: 'sky', description: 'x', tools }],
  };
  const reply = await fetch(`${upstream.url}/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-up', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { output } = (await reply.json()) as OpenAI.Responses.Response;
  expect(output.at(-1)).toMatchObject({ type: 'function_call', name: 'get_weather', namespace: 'sky' });
});

test('sees images, and fits the schema of structured output', async () => {
  const seen = await client.responses.create({
    model,
    input: [
      { role: 'user', content: [{ type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${PNG}` }] },
    ],
  });
  expect(seen.output_text).toBe(`I see an image (image/png, ${PNG_BYTES} bytes).`);
  const structured = await client.responses.parse({
    model,
    input: 'a person',
    text: {
      format: {
        type: 'json_schema',
        name: 'person',
        strict: true,
        schema: {
          type: 'object',
          properties: { age: { type: 'integer' } },
          required: ['age'],
          additionalProperties: false,
        },
      },
    },
  });
  expect(JSON.parse(structured.output_text)).toEqual({ age: 7 });
});

test('a cut answer is incomplete', async () => {
  const answer = await client.responses.create({ model, input: 'stop at length' });
  expect(answer).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  const final = await client.responses.stream({ model, input: 'stop at length' }).finalResponse();
  expect(final.status).toBe('incomplete');
});

test('sees at once that the client went away', async () => {
  const stream = await client.responses.create({ model, input: 'slowly', stream: true });
  await untilAborted(upstream, stream, () => stream.controller.abort());
  expect(upstream.requests[0]?.abortedAt).toBeTypeOf('number');
});

test.each([
  ['unauthorized', OpenAI.AuthenticationError],
  ['model-missing', OpenAI.NotFoundError],
  ['rate-limit', OpenAI.RateLimitError],
  ['overloaded', OpenAI.InternalServerError],
] as const)('the scripted failure %s has its type', async (name, type) => {
  upstream.script(errorReply('openai-responses', name));
  await expect(client.responses.create({ model, input: 'x' })).rejects.toBeInstanceOf(type);
});

test('compacts', async () => {
  const compacted = await client.responses.compact({ model, input: 'a long story' });
  expect(compacted.output.at(-1)).toMatchObject({ type: 'compaction' });
});
