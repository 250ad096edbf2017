import {
  ApiError,
  type Content,
  FunctionCallingConfigMode,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
  Type,
} from '@google/genai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PNG, PNG_BYTES, untilAborted } from '../../../support/client-requests.js';
import { errorReply, type SimulatedUpstream, startSimulatedUpstream } from '../../../support/upstream.js';

const two = 'gemini-2.5-flash';
const three = 'gemini-3-flash-preview';
let upstream: SimulatedUpstream;
const connect = (apiKey: string): GoogleGenAI => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: upstream.url } });
let client: GoogleGenAI;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'gemini-generate', apiKey: 'sk-up', models: [two, three] });
  client = connect('sk-up');
});
afterAll(() => upstream.close());
afterEach(() => upstream.reset());

const tools = [
  {
    functionDeclarations: [
      {
        name: 'get_weather',
        parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
      },
    ],
  },
];

test('answers with usage', async () => {
  const answer = await client.models.generateContent({ model: two, contents: 'good morning' });
  expect(answer.text).toBe('Hello from gemini-generate: good morning');
  expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
  expect(answer.usageMetadata?.promptTokenCount).toBeGreaterThan(0);
});

test('streams, with the end in the last chunk', async () => {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await client.models.generateContentStream({ model: two, contents: 'good morning' }))
    chunks.push(chunk);
  expect(chunks.length).toBeGreaterThan(3);
  expect(chunks.map((chunk) => chunk.text ?? '').join('')).toBe('Hello from gemini-generate: good morning');
  expect(chunks.map((chunk) => chunk.candidates?.[0]?.finishReason)).toEqual([
    ...chunks.slice(1).map(() => undefined),
    'STOP',
  ]);
});

test.each([
  { model: two, streamed: false },
  { model: three, streamed: false },
  { model: three, streamed: true },
])('carries signatures through a loop of parallel calls: $model, streamed: $streamed', async ({ model, streamed }) => {
  const contents: Content[] = [{ role: 'user', parts: [{ text: 'use get_weather in parallel' }] }];
  const request = { model, contents, config: { tools, thinkingConfig: { includeThoughts: true } } };
  const parts: Part[] = [];
  if (streamed) {
    for await (const chunk of await client.models.generateContentStream(request))
      parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
  } else {
    parts.push(...((await client.models.generateContent(request)).candidates?.[0]?.content?.parts ?? []));
  }
  expect(parts[0]).toMatchObject({ thought: true });
  const calls = parts.filter(({ functionCall }) => functionCall !== undefined);
  expect(calls.map(({ thoughtSignature }) => thoughtSignature !== undefined)).toEqual([true, false]);
  const results = calls.map(({ functionCall }) => ({
    functionResponse: {
      ...(functionCall?.id === undefined ? {} : { id: functionCall.id }),
      name: functionCall?.name ?? '',
      response: { result: `${functionCall?.args?.['city']} is sunny` },
    },
  }));
  const answer = await client.models.generateContent({
    ...request,
    contents: [...contents, { role: 'model', parts }, { role: 'user', parts: results }],
  });
  expect(answer.text).toBe('Result: Paris is sunny, Rome is sunny');
  expect(answer.usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0);
});

test.each([
  { mode: FunctionCallingConfigMode.NONE, said: 'use get_weather', calls: 0 },
  { mode: FunctionCallingConfigMode.ANY, said: 'hello', calls: 1 },
])('respects mode $mode', async ({ mode, said, calls }) => {
  const answer = await client.models.generateContent({
    model: two,
    contents: said,
    config: { tools, toolConfig: { functionCallingConfig: { mode } } },
  });
  expect(answer.functionCalls ?? []).toHaveLength(calls);
});

test('sees images, and fits the schema of structured output', async () => {
  const seen = await client.models.generateContent({
    model: two,
    contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }] }],
  });
  expect(seen.text).toBe(`I see an image (image/png, ${PNG_BYTES} bytes).`);
  const structured = await client.models.generateContent({
    model: two,
    contents: 'a person',
    config: {
      responseMimeType: 'application/json',
      responseSchema: { type: Type.OBJECT, properties: { age: { type: Type.INTEGER } }, required: ['age'] },
    },
  });
  expect(JSON.parse(structured.text ?? '')).toEqual({ age: 7 });
});

test('a cut answer ends with MAX_TOKENS, an empty one has no text', async () => {
  const cut = await client.models.generateContent({ model: two, contents: 'stop at length' });
  expect(cut.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
  const empty = await client.models.generateContent({ model: two, contents: 'say nothing' });
  expect(empty.text ?? '').toBe('');
});

test('counts tokens, lists models, embeds', async () => {
  expect((await client.models.countTokens({ model: two, contents: 'count me' })).totalTokens).toBeGreaterThan(1);
  const names = [];
  for await (const { name } of await client.models.list()) names.push(name);
  expect(names).toEqual([`models/${two}`, `models/${three}`]);
  const { embeddings } = await client.models.embedContent({ model: two, contents: ['a', 'b'] });
  expect(embeddings).toHaveLength(2);
});

test('sees at once that the client went away', async () => {
  const controller = new AbortController();
  const stream = await client.models.generateContentStream({
    model: two,
    contents: 'slowly',
    config: { abortSignal: controller.signal },
  });
  await untilAborted(upstream, stream, () => controller.abort());
  expect(upstream.requests[0]?.abortedAt).toBeTypeOf('number');
});

test.each([
  ['unauthorized', 400],
  ['model-missing', 404],
  ['rate-limit', 429],
  ['overloaded', 503],
] as const)('the scripted failure %s has its status', async (name, status) => {
  upstream.script(errorReply('gemini-generate', name));
  const error = await client.models.generateContent({ model: two, contents: 'x' }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status });
});

test('a wrong key and an unknown model are refused', async () => {
  await expect(connect('other').models.generateContent({ model: two, contents: 'x' })).rejects.toThrow(
    /API key not valid/,
  );
  await expect(client.models.generateContent({ model: 'nope', contents: 'x' })).rejects.toMatchObject({ status: 404 });
});
