import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../support/conversation.js';
import { servesEveryClient } from '../support/every-client.js';
import { servesGoogleLibrary } from '../support/google-library.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { makeServiceAccount } from '../support/vendors/google.js';
import { EXPRESS_KEY, type FakeVertex, startFakeVertex } from '../support/vendors/vertex.js';

const OLD = 'gemini-2.5-flash';
const NEW = 'gemini-3-flash-preview';
const service = makeServiceAccount();
const FILE = { type: 'vertex', project_id: 'demo-project', email: service.email, service_account: service.file };

let vendor: FakeVertex;
let gateway: VendorGateway;
let express: VendorGateway;

beforeAll(async () => {
  vendor = await startFakeVertex(service, [OLD, NEW]);
  const config = `oauth-endpoints: { vertex: { token: '${vendor.tokens.url}/token' } }
oauth-upstream: { vertex: '${vendor.origin}' }
request-retry: 0
`;
  gateway = await startVendorGateway(config, [account('vertex-demo-project.json', FILE)]);
  const entry = `vertex-api-key: [{ api-key: '${EXPRESS_KEY}', base-url: '${vendor.origin}' }]\nrequest-retry: 0\n`;
  express = await startVendorGateway(entry, []);
});
afterAll(async () => {
  await gateway.close();
  await express.close();
  await vendor.close();
});
afterEach(() => {
  vendor.reset();
  gateway.plane.resetCredentials(undefined);
});

describe('a service account', () => {
  servesEveryClient(() => gateway, OLD);
  servesEveryClient(() => gateway, NEW);
});

describe('express mode', () => {
  servesEveryClient(() => express, OLD);
  servesEveryClient(() => express, NEW);
});

describe.each([
  { by: 'a service account', at: () => gateway },
  { by: 'express mode', at: () => express },
])('Google’s library by $by', ({ at }) => {
  describe.each(['gemini', 'vertex'] as const)('in its %s mode', (mode) => {
    const client = (): GoogleGenAI =>
      new GoogleGenAI({ apiKey: at().key, vertexai: mode === 'vertex', httpOptions: { baseUrl: at().url } });
    servesGoogleLibrary({ client, model: NEW, kind: 'gemini-generate', mode });
  });
});

const ask = { path: '/v1/chat/completions', body: { model: OLD, messages: [{ role: 'user', content: 'hi' }] } };

test('one token serves many requests; one that is refused is had anew, and the request sent once more', async () => {
  await Promise.all([send(gateway, ask), send(gateway, ask), send(gateway, ask)]);
  const before = vendor.desk.issued.length;
  expect((await send(gateway, ask)).status).toBe(200);
  expect(vendor.desk.issued).toHaveLength(before);
  vendor.reset();
  vendor.script({ status: 401, body: { error: { code: 401, message: 'expired', status: 'UNAUTHENTICATED' } } });
  expect((await send(gateway, ask)).status).toBe(200);
  expect(vendor.desk.issued).toHaveLength(before + 1);
  expect(vendor.seen).toHaveLength(2);
});

test('a key that Google does not take is said, and not asked for again and again', async () => {
  const stranger = { ...FILE, service_account: { ...makeServiceAccount().file } };
  const config = `oauth-endpoints: { vertex: { token: '${vendor.tokens.url}/token' } }
oauth-upstream: { vertex: '${vendor.origin}' }
request-retry: 0
`;
  const own = await startVendorGateway(config, [account('vertex-demo-project.json', stranger)]);
  const asked = vendor.tokens.requests.length;
  const first = await send(own, ask);
  const second = await send(own, ask);
  expect([first.status, second.status]).toEqual([401, 401]);
  expect(first.text).toContain('Google does not accept the key of this service account');
  expect(vendor.tokens.requests.length - asked).toBe(1);
  await own.close();
});

test.each([
  {
    name: 'a model that is not there',
    status: 404,
    code: 404,
    google: 'NOT_FOUND',
    message: 'Publisher Model was not found',
    says: '"global" only',
  },
  {
    name: 'an API that is not enabled',
    status: 403,
    code: 403,
    google: 'PERMISSION_DENIED',
    message: 'Vertex AI API has not been used',
    says: 'has not been used',
  },
  {
    name: 'too many requests',
    status: 429,
    code: 429,
    google: 'RESOURCE_EXHAUSTED',
    message: 'Resource exhausted',
    says: 'Resource exhausted',
  },
])('$name reaches the client as it is', async ({ status, code, google, message, says }) => {
  vendor.script({ status, body: { error: { code, message, status: google } } });
  const answer = await send(gateway, { path: '/v1/messages', body: { ...ask.body, max_tokens: 10 } });
  expect(answer.status).toBe(status);
  expect(answer.text.replaceAll('\\"', '"')).toContain(says);
});

test('a link to an image goes to Vertex as a link', async () => {
  const url = 'https://images.example/cat.png';
  const content = [
    { type: 'image_url', image_url: { url } },
    { type: 'text', text: 'what is it?' },
  ];
  vendor.script({
    status: 200,
    body: { candidates: [{ content: { role: 'model', parts: [{ text: 'a cat' }] }, finishReason: 'STOP' }] },
  });
  const answer = await send(gateway, { ...ask, body: { model: OLD, messages: [{ role: 'user', content }] } });
  expect(answer.text).toContain('a cat');
  expect(JSON.stringify(vendor.seen.at(-1)?.body)).toContain(`"fileUri":"${url}"`);
});

test('Gemini clients count through Vertex', async () => {
  const client = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
  const { totalTokens } = await client.models.countTokens({ model: OLD, contents: 'how many is this?' });
  expect(totalTokens).toBeGreaterThan(0);
  expect(vendor.seen.at(-1)?.path).toMatch(/:countTokens$/);
});

test.each(['account', 'express'] as const)('texts are embedded, by %s', async (by) => {
  const { url, key } = by === 'account' ? gateway : express;
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const { data } = await openai.embeddings.create({
    model: 'gemini-embedding-001',
    input: ['a', 'b'],
    dimensions: 2,
    encoding_format: 'float',
  });
  expect(data.map(({ embedding }) => embedding)).toEqual([
    [0.25, -0.5],
    [0.25, -0.5],
  ]);
  expect(vendor.seen.at(-1)?.body).toMatchObject({ parameters: { outputDimensionality: 2 } });
});

test('a model that the user names is Vertex’s too: no ids, and links stay links', async () => {
  const aliases = [
    { name: 'gemini-2.5-flash', alias: 'quick', fork: true },
    { name: 'endpoints/42', alias: 'tuned' },
  ];
  const config = `oauth-endpoints: { vertex: { token: '${vendor.tokens.url}/token' } }
oauth-upstream: { vertex: '${vendor.origin}' }
oauth-model-alias: { vertex: ${JSON.stringify(aliases)} }
`;
  const own = await startVendorGateway(config, [account('vertex-demo-project.json', FILE)]);
  expect((await send(own, { ...ask, body: { ...ask.body, model: 'quick' } })).status).toBe(200);
  vendor.script({
    status: 200,
    body: { candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP' }] },
  });
  expect((await send(own, { ...ask, body: { ...ask.body, model: 'tuned' } })).status).toBe(200);
  expect(vendor.seen.at(-1)?.path).toBe('/v1/projects/demo-project/locations/us-central1/endpoints/42:generateContent');
  await own.close();
});
