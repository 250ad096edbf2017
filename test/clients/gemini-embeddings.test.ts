import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import { send } from '../support/conversation.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../support/upstream.js';
import { startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { makeServiceAccount } from '../support/vendors/google.js';
import { EXPRESS_KEY, type FakeVertex, startFakeVertex } from '../support/vendors/vertex.js';

const MODEL = 'gemini-embedding-001';
const NEW = 'gemini-embedding-2-preview';
const VECTOR = [0.25, -0.5, 0.125];
const SHORT = [0.25, -0.5];

let upstream: SimulatedUpstream;
let vendor: FakeVertex;
let gemini: VendorGateway;
let vertex: VendorGateway;

beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'gemini-generate', apiKey: 'up', models: [MODEL, NEW] });
  vendor = await startFakeVertex(makeServiceAccount(), [MODEL, NEW]);
  const aliases = `models: [{ name: ${MODEL}, alias: vectors }, { name: ${MODEL} }, { name: ${NEW} }]`;
  gemini = await startVendorGateway(
    `gemini-api-key: [{ api-key: up, base-url: '${upstream.url}', ${aliases} }]\nrequest-retry: 0\n`,
    [],
  );
  vertex = await startVendorGateway(
    `vertex-api-key: [{ api-key: '${EXPRESS_KEY}', base-url: '${vendor.origin}', ${aliases} }]\nrequest-retry: 0\n`,
    [],
  );
});
afterAll(() => Promise.all([gemini, vertex, upstream, vendor].map((each) => each.close())));
afterEach(() => {
  upstream.reset();
  vendor.reset();
});

const connect = ({ url, key }: VendorGateway, vertexai = false): GoogleGenAI =>
  new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url }, ...(vertexai ? { vertexai } : {}) });
const valuesOf = ({ embeddings }: { embeddings?: readonly { values?: readonly number[] }[] }) =>
  embeddings?.map(({ values }) => values);

describe.each([
  { at: 'the Gemini API', gateway: () => gemini, vector: VECTOR },
  { at: 'Vertex', gateway: () => vertex, vector: SHORT },
])('texts become vectors at $at', ({ gateway, vector }) => {
  test.each([
    { contents: 'hello', count: 1 },
    { contents: ['a', 'b', 'c'], count: 3 },
  ])('for Google’s library: $count', async ({ contents, count }) => {
    const answer = await connect(gateway()).models.embedContent({ model: MODEL, contents });
    expect(valuesOf(answer)).toEqual(Array.from({ length: count }, () => vector));
  });

  test('for its Vertex mode', async () => {
    const answer = await connect(gateway(), true).models.embedContent({ model: MODEL, contents: ['a', 'b'] });
    expect(valuesOf(answer)).toEqual([vector, vector]);
  });

  test('one by one, as older clients ask', async () => {
    const body = { content: { parts: [{ text: 'hello' }] } };
    const answer = await send(gateway(), { path: `/v1beta/models/${MODEL}:embedContent`, body });
    expect(JSON.parse(answer.text)).toEqual({ embedding: { values: vector } });
  });
});

const SETTINGS = { outputDimensionality: 2, taskType: 'RETRIEVAL_DOCUMENT', title: 'a book' };

test('what the vectors are for reaches the Gemini API, with the name it has for the model', async () => {
  await connect(gemini).models.embedContent({ model: 'vectors', contents: ['a'], config: SETTINGS });
  const { path, body } = upstream.requests.at(-1) ?? {};
  expect(path).toBe(`/v1beta/models/${MODEL}:batchEmbedContents`);
  expect(body).toMatchObject({ requests: [{ model: `models/${MODEL}`, ...SETTINGS }] });
});

test.each<{ vertexai: boolean; model: string; path: string; body: JsonObject }>([
  {
    vertexai: false,
    model: MODEL,
    path: ':predict',
    body: {
      instances: [{ content: 'a', task_type: 'RETRIEVAL_DOCUMENT', title: 'a book' }],
      parameters: { outputDimensionality: 2 },
    },
  },
  {
    vertexai: true,
    model: NEW,
    path: ':embedContent',
    body: { content: { parts: [{ text: 'a' }] }, embedContentConfig: SETTINGS },
  },
])('and Vertex, in its own words: $path', async ({ vertexai, model, path, body }) => {
  await connect(vertex, vertexai).models.embedContent({ model, contents: 'a', config: SETTINGS });
  expect(vendor.seen.at(-1)).toMatchObject({ path: expect.stringMatching(new RegExp(`/${model}${path}$`)), body });
});

test.each([
  {
    name: 'a picture, where only text is embedded',
    method: 'embedContent',
    body: { content: { parts: [{ inlineData: { mimeType: 'image/png', data: 'QQ==' } }] } },
    says: 'only text',
  },
  {
    name: 'texts for different ends',
    method: 'batchEmbedContents',
    body: {
      requests: ['A', 'B'].map((taskType) => ({ taskType, content: { parts: [{ text: 'x' }] } })),
    },
    says: 'one taskType',
  },
  {
    name: 'a prediction of something else',
    method: 'predict',
    body: { instances: [{ x: 1 }] },
    says: 'texts to embed',
  },
  { name: 'nothing', method: 'batchEmbedContents', body: { requests: [] }, says: 'at least one' },
])('$name is refused in Google’s words', async ({ method, body, says }) => {
  const answer = await send(vertex, { path: `/v1beta/models/${MODEL}:${method}`, body });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({
    error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining(says) },
  });
  expect(vendor.seen).toEqual([]);
});

const openai = ({ url, key }: VendorGateway): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const texts = (count: number): string[] => Array.from({ length: count }, String);

test.each([
  { at: 'the Gemini API counts nothing', gateway: () => gemini, model: MODEL, input: ['a', 'b'], tokens: 0 },
  { at: 'Vertex counts each text', gateway: () => vertex, model: MODEL, input: ['a', 'b'], tokens: 2 },
  { at: 'and the one of newer models', gateway: () => vertex, model: NEW, input: ['a'], tokens: 1 },
])('$at, and OpenAI’s clients are told so', async ({ gateway, model, input, tokens }) => {
  const { usage } = await openai(gateway()).embeddings.create({ model, input });
  expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
});

test.each([
  { at: 'the Gemini API', gateway: () => gemini, most: 100 },
  { at: 'Vertex', gateway: () => vertex, most: 2048 },
])('$at takes $most texts in one call, and no more', async ({ gateway, most }) => {
  const { data } = await openai(gateway()).embeddings.create({ model: MODEL, input: texts(most) });
  expect(data).toHaveLength(most);
  await expect(openai(gateway()).embeddings.create({ model: MODEL, input: texts(most + 1) })).rejects.toThrow(
    `more than ${most} texts`,
  );
});

test('lists say which models make vectors', async () => {
  const reply = await fetch(`${gemini.url}/v1beta/models/${MODEL}`, { headers: { 'x-goog-api-key': gemini.key } });
  expect(await reply.json()).toMatchObject({ supportedGenerationMethods: ['embedContent', 'batchEmbedContents'] });
});
