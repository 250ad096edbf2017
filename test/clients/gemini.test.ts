import { ApiError, FunctionCallingConfigMode, type GenerateContentResponse, GoogleGenAI, Type } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { PNG, PNG_BYTES, untilAborted } from '../support/client-requests.js';
import { MODEL_OF, type TestGateway, UPSTREAM_KINDS, useGateway } from '../support/gateway.js';
import { errorReply, streamThenCut, streamThenError } from '../support/upstream.js';

let gateway: TestGateway;
const connect = (apiKey: string, apiVersion = 'v1beta'): GoogleGenAI =>
  new GoogleGenAI({ apiKey, apiVersion, httpOptions: { baseUrl: gateway.url } });
let client: GoogleGenAI;
useGateway((started) => {
  gateway = started;
  client = connect(gateway.key);
});

const tools = [
  {
    functionDeclarations: [
      {
        name: 'get_weather',
        description: 'The weather in a city',
        parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
      },
    ],
  },
];

describe.each(UPSTREAM_KINDS)('gemini client to %s', (kind) => {
  const model = MODEL_OF[kind];

  test.each(['v1beta', 'v1'])('answers under /%s', async (version) => {
    const answer = await connect(gateway.key, version).models.generateContent({ model, contents: 'good morning' });
    expect(answer.text).toBe(`Hello from ${kind}: good morning`);
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
    expect(answer.usageMetadata?.promptTokenCount).toBeGreaterThan(0);
  });

  test('streams', async () => {
    let text = '';
    let last: GenerateContentResponse | undefined;
    for await (const chunk of await client.models.generateContentStream({ model, contents: 'good morning' })) {
      text += chunk.text ?? '';
      last = chunk;
    }
    expect(text).toBe(`Hello from ${kind}: good morning`);
    expect(last?.candidates?.[0]?.finishReason).toBe('STOP');
    expect(last?.usageMetadata?.candidatesTokenCount).toBeGreaterThan(0);
  });

  test('without alt=sse a stream is one JSON array', async () => {
    const reply = await fetch(`${gateway.url}/v1beta/models/${model}:streamGenerateContent?key=${gateway.key}`, {
      method: 'POST',
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'good morning' }] }] }),
    });
    const chunks = (await reply.json()) as GenerateContentResponse[];
    const text = chunks
      .flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? [])
      .map((part) => part.text ?? '')
      .join('');
    expect(text).toBe(`Hello from ${kind}: good morning`);
  });

  test('goes on over several turns', async () => {
    const answer = await client.models.generateContent({
      model,
      config: { systemInstruction: 'Be brief.' },
      contents: [
        { role: 'user', parts: [{ text: 'one' }] },
        { role: 'model', parts: [{ text: 'first answer' }] },
        { role: 'user', parts: [{ text: 'two' }] },
      ],
    });
    expect(answer.text).toBe(`Hello from ${kind}: two`);
  });

  test.each([false, true])('calls tools in parallel and takes their results, streamed: %s', async (streamed) => {
    const contents = [{ role: 'user', parts: [{ text: 'use get_weather in parallel' }] }];
    const request = {
      model,
      contents,
      config: { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } } },
    };
    const parts = [];
    if (streamed) {
      for await (const chunk of await client.models.generateContentStream(request))
        parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
    } else {
      parts.push(...((await client.models.generateContent(request)).candidates?.[0]?.content?.parts ?? []));
    }
    const calls = parts.flatMap((part) => part.functionCall ?? []);
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ['get_weather', { city: 'Paris' }],
      ['get_weather', { city: 'Rome' }],
    ]);
    const results = calls.map(({ id, name, args }) => ({
      functionResponse: {
        name: name ?? '',
        response: { result: `${args?.['city']} is sunny` },
        ...(id === undefined ? {} : { id }),
      },
    }));
    const answer = await client.models.generateContent({
      ...request,
      contents: [...contents, { role: 'model', parts }, { role: 'user', parts: results }],
    });
    expect(answer.text).toContain('Paris is sunny');
    expect(answer.text).toContain('Rome is sunny');
  });

  test('takes an image', async () => {
    const answer = await client.models.generateContent({
      model,
      contents: [
        { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }, { text: 'what is this?' }] },
      ],
    });
    expect(answer.text).toContain(`I see an image (image/png, ${PNG_BYTES} bytes)`);
  });

  test('gives structured output', async () => {
    const answer = await client.models.generateContent({
      model,
      contents: 'a person please',
      config: {
        responseMimeType: 'application/json',
        responseSchema: {
          type: Type.OBJECT,
          properties: { name: { type: Type.STRING }, age: { type: Type.INTEGER } },
          required: ['name', 'age'],
        },
      },
    });
    expect(JSON.parse(answer.text ?? '')).toMatchObject({ name: expect.any(String), age: expect.any(Number) });
  });

  test('shows reasoning and gets it back in the next turn', async () => {
    const contents = [{ role: 'user', parts: [{ text: 'think, then use get_weather' }] }];
    const request = {
      model,
      contents,
      config: { tools, thinkingConfig: { thinkingBudget: 2000, includeThoughts: true } },
    };
    const first = await client.models.generateContent(request);
    const parts = first.candidates?.[0]?.content?.parts ?? [];
    expect(parts.find((part) => part.thought)?.text).toContain('Thinking about it.');
    const call = parts.flatMap((part) => part.functionCall ?? [])[0];
    const answer = await client.models.generateContent({
      ...request,
      contents: [
        ...contents,
        { role: 'model', parts },
        {
          role: 'user',
          parts: [
            {
              functionResponse: {
                name: call?.name ?? '',
                response: { result: 'sunny' },
                ...(call?.id === undefined ? {} : { id: call.id }),
              },
            },
          ],
        },
      ],
    });
    expect(answer.text).toContain('sunny');
  });

  test('counts tokens', async () => {
    const { totalTokens } = await client.models.countTokens({ model, contents: 'count me' });
    expect(totalTokens).toBeGreaterThan(1);
  });

  test('an abort closes the upstream within 100 ms', async () => {
    const controller = new AbortController();
    const stream = await client.models.generateContentStream({
      model,
      contents: 'slowly',
      config: { abortSignal: controller.signal },
    });
    await untilAborted(gateway.upstreams[kind], stream, () => controller.abort());
  });

  test.each([
    ['rate-limit', 429],
    ['server', 500],
    ['invalid', 400],
  ] as const)('reports %s', async (name, status) => {
    gateway.upstreams[kind].script(errorReply(kind, name));
    const error = await client.models.generateContent({ model, contents: 'x' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status });
  });

  test('reports overload', async () => {
    gateway.upstreams[kind].script(errorReply(kind, 'overloaded'));
    const error = await client.models.generateContent({ model, contents: 'x' }).catch((reason: unknown) => reason);
    expect((error as ApiError).status).toBeGreaterThanOrEqual(503);
    expect((error as ApiError).message).toContain('UNAVAILABLE');
  });

  test.each([
    ['an error', streamThenError],
    ['a cut', streamThenCut],
  ])('%s in mid-stream is an error, not an end', async (_name, builder) => {
    gateway.upstreams[kind].script(builder(kind, 'half an answer'));
    let text = '';
    const read = async (): Promise<void> => {
      for await (const chunk of await client.models.generateContentStream({ model, contents: 'x' }))
        text += chunk.text ?? '';
    };
    await expect(read()).rejects.toThrow();
    expect(text).toBe('half an answer');
  });
});

test('a wrong key, an unknown model and a body too large have their statuses', async () => {
  const ask = { model: 'acme-large', contents: 'x' };
  await expect(connect('wrong').models.generateContent(ask)).rejects.toMatchObject({ status: 401 });
  await expect(client.models.generateContent({ ...ask, model: 'nope' })).rejects.toMatchObject({ status: 404 });
  const huge = { ...ask, contents: 'x'.repeat(3 * 1024 * 1024) };
  await expect(client.models.generateContent(huge)).rejects.toMatchObject({ status: 413 });
});

test('lists the models', async () => {
  const names = [];
  for await (const model of await client.models.list()) names.push(model.name);
  expect(names.sort()).toEqual(
    Object.values(MODEL_OF)
      .map((id) => `models/${id}`)
      .sort(),
  );
});
