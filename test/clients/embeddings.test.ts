import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { MODEL_OF, type TestGateway, useGateway } from '../support/gateway.js';
import { errorReply } from '../support/upstream.js';

let gateway: TestGateway;
let client: OpenAI;
useGateway((started) => {
  gateway = started;
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});

const VECTOR = [0.25, -0.5, 0.125];
const KINDS = ['openai-chat', 'gemini-generate'] as const;

test.each(KINDS)('one text and several become vectors at %s', async (kind) => {
  // The SDK asks for base64 by itself and unpacks it.
  for (const format of [undefined, 'float', 'base64'] as const) {
    const more = format === undefined ? {} : { encoding_format: format };
    const one = await client.embeddings.create({ model: MODEL_OF[kind], input: 'hello', ...more });
    const packed = Buffer.from(Float32Array.from(VECTOR).buffer).toString('base64');
    expect(one.data).toEqual([{ object: 'embedding', index: 0, embedding: format === 'base64' ? packed : VECTOR }]);
    expect(one.model).toBe(MODEL_OF[kind]);
  }
  const several = await client.embeddings.create({ model: MODEL_OF[kind], input: ['a', 'b', 'c'] });
  expect(several.data.map(({ index, embedding }) => [index, embedding])).toEqual([0, 1, 2].map((at) => [at, VECTOR]));
});

test('a thinking suffix of the name changes nothing, and other members pass', async () => {
  await client.embeddings.create({ model: `${MODEL_OF['openai-chat']}(high)`, input: 'x', dimensions: 3, user: 'u' });
  const body = gateway.upstreams['openai-chat'].requests.at(-1)?.body;
  expect(body).toEqual({
    model: MODEL_OF['openai-chat'],
    input: 'x',
    dimensions: 3,
    user: 'u',
    encoding_format: 'base64',
  });
});

test('Gemini gets the wanted length in its own words', async () => {
  await client.embeddings.create({ model: MODEL_OF['gemini-generate'], input: ['x', 'y'], dimensions: 3 });
  const { path, body } = gateway.upstreams['gemini-generate'].requests.at(-1) ?? {};
  expect(path).toBe(`/v1beta/models/${MODEL_OF['gemini-generate']}:batchEmbedContents`);
  const model = `models/${MODEL_OF['gemini-generate']}`;
  expect(body).toEqual({
    requests: ['x', 'y'].map((text) => ({ model, content: { parts: [{ text }] }, outputDimensionality: 3 })),
  });
});

test.each([
  ['token numbers', [1, 2], 'token_input_not_supported'],
  ['lists of them', [[1], [2]], 'token_input_not_supported'],
  ['more texts than one call takes', Array.from({ length: 101 }, String), undefined],
])('%s are refused before Gemini is asked', async (_name, input, code) => {
  const error = await client.embeddings
    .create({ model: MODEL_OF['gemini-generate'], input })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect(error).toMatchObject({ param: 'input', ...(code === undefined ? {} : { code }) });
  expect(gateway.upstreams['gemini-generate'].requests).toEqual([]);
});

test.each(['anthropic-messages', 'openai-responses'] as const)('a model of %s offers none: 404', async (kind) => {
  const error = await client.embeddings
    .create({ model: MODEL_OF[kind], input: 'x' })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(error).toMatchObject({ code: 'unsupported_operation' });
});

test.each(KINDS)('an error of %s reaches the client as OpenAI tells it', async (kind) => {
  gateway.upstreams[kind].script(errorReply(kind, 'rate-limit'));
  const error = await client.embeddings
    .create({ model: MODEL_OF[kind], input: 'x' })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
});
