import OpenAI from 'openai';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
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

const tools: OpenAI.Responses.Tool[] = [{ type: 'function', strict: true, ...weather }];
const callsOf = (response: OpenAI.Responses.Response) =>
  response.output.filter((item) => item.type === 'function_call');

describe.each(UPSTREAM_KINDS)('openai responses client to %s', (kind) => {
  const model = MODEL_OF[kind];

  test('answers', async () => {
    const answer = await client.responses.create({ model, input: 'good morning' });
    expect(answer.output_text).toBe(`Hello from ${kind}: good morning`);
    expect(answer.status).toBe('completed');
    expect(answer.usage?.input_tokens).toBeGreaterThan(0);
  });

  test('streams in order, and ends with all that was sent', async () => {
    let text = '';
    const sequence = [];
    const done = [];
    for await (const event of await client.responses.create({ model, input: 'good morning', stream: true })) {
      sequence.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') text += event.delta;
      if (event.type === 'response.output_item.done') done.push(event.item);
      if (event.type === 'response.completed') expect(event.response.output).toEqual(done);
    }
    expect(text).toBe(`Hello from ${kind}: good morning`);
    expect(sequence).toEqual(sequence.map((_number, index) => index));
  });

  test('goes on over several turns', async () => {
    const answer = await client.responses.create({
      model,
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'first answer' },
        { role: 'user', content: 'two' },
      ],
    });
    expect(answer.output_text).toBe(`Hello from ${kind}: two`);
  });

  test.each([false, true])('calls tools in parallel and takes their results, streamed: %s', async (streamed) => {
    const input: ResponseInputItem[] = [{ role: 'user', content: 'use get_weather in parallel' }];
    const first = streamed
      ? await client.responses.stream({ model, input, tools }).finalResponse()
      : await client.responses.create({ model, input, tools });
    const calls = callsOf(first);
    expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
      ['get_weather', { city: 'Paris' }],
      ['get_weather', { city: 'Rome' }],
    ]);
    const results = calls.map((call) => ({
      type: 'function_call_output' as const,
      call_id: call.call_id,
      output: `${JSON.parse(call.arguments).city} is sunny`,
    }));
    const history = first.output as ResponseInputItem[];
    const second = await client.responses.create({ model, tools, input: [...input, ...history, ...results] });
    expect(second.output_text).toBe('Result: Paris is sunny, Rome is sunny');
  });

  test('takes an image', async () => {
    const answer = await client.responses.create({
      model,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'what is this?' },
            { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${PNG}` },
          ],
        },
      ],
    });
    expect(answer.output_text).toContain(`I see an image (image/png, ${PNG_BYTES} bytes)`);
  });

  test('gives structured output', async () => {
    const answer = await client.responses.create({
      model,
      input: 'a person please',
      text: {
        format: {
          type: 'json_schema',
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
    expect(JSON.parse(answer.output_text)).toMatchObject({ name: expect.any(String), age: expect.any(Number) });
  });

  test.each([false, true])('shows reasoning and gets it back in the next turn, streamed: %s', async (streamed) => {
    const request = {
      model,
      tools,
      store: false,
      include: ['reasoning.encrypted_content' as const],
      reasoning: { effort: 'high' as const, summary: 'auto' as const },
    };
    const input: ResponseInputItem[] = [{ role: 'user', content: 'think, then use get_weather' }];
    const first = streamed
      ? await client.responses.stream({ ...request, input }).finalResponse()
      : await client.responses.create({ ...request, input });
    const summaries = first.output.flatMap((item) => (item.type === 'reasoning' ? item.summary : []));
    expect(summaries.map((part) => part.text).join('')).toContain('Thinking about it.');
    const results = callsOf(first).map((call) => ({
      type: 'function_call_output' as const,
      call_id: call.call_id,
      output: 'sunny',
    }));
    const history = first.output as ResponseInputItem[];
    const second = await client.responses.create({ ...request, input: [...input, ...history, ...results] });
    expect(second.output_text).toContain('Result: sunny');
  });

  test('an abort closes the upstream within 100 ms', async () => {
    const stream = await client.responses.create({ model, input: 'slowly', stream: true });
    await untilAborted(gateway.upstreams[kind], stream, () => stream.controller.abort());
  });

  test.each([
    ['rate-limit', 429, OpenAI.RateLimitError],
    ['server', 500, OpenAI.InternalServerError],
    ['invalid', 400, OpenAI.BadRequestError],
  ] as const)('reports %s', async (name, status, type) => {
    gateway.upstreams[kind].script(errorReply(kind, name));
    const error = await client.responses.create({ model, input: 'x' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status });
    if (name === 'rate-limit')
      expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')).toBeTruthy();
  });

  test('reports overload as a server error', async () => {
    gateway.upstreams[kind].script(errorReply(kind, 'overloaded'));
    const error = await client.responses.create({ model, input: 'x' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
  });

  test.each([
    ['an error', streamThenError],
    ['a cut', streamThenCut],
  ])('%s in mid-stream is a failed response, not an end', async (_name, builder) => {
    gateway.upstreams[kind].script(builder(kind, 'half an answer'));
    let text = '';
    const ends: string[] = [];
    const read = async (): Promise<void> => {
      for await (const event of await client.responses.create({ model, input: 'x', stream: true })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
        if (['response.completed', 'response.failed', 'error'].includes(event.type)) ends.push(event.type);
      }
    };
    // An `error` event makes the SDK throw; `response.failed` is handed to the caller.
    await read().catch(() => ends.push('error'));
    expect(text).toBe('half an answer');
    expect(ends).not.toContain('response.completed');
    expect(ends.length).toBeGreaterThan(0);
  });
});

test('a wrong key, an unknown model and a body too large have their types', async () => {
  const wrong = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
  await expect(wrong.responses.create({ model: 'acme-large', input: 'x' })).rejects.toBeInstanceOf(
    OpenAI.AuthenticationError,
  );
  await expect(client.responses.create({ model: 'nope', input: 'x' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  const huge = client.responses.create({ model: 'acme-large', input: 'x'.repeat(3 * 1024 * 1024) });
  await expect(huge).rejects.toMatchObject({ status: 413 });
});
