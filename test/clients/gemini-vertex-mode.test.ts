import { GoogleGenAI } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { send } from '../support/conversation.js';
import { MODEL_OF, type TestGateway, UPSTREAM_KINDS, useGateway } from '../support/gateway.js';
import { servesGoogleLibrary } from '../support/google-library.js';

let gateway: TestGateway;
let client: GoogleGenAI;
useGateway((started) => {
  gateway = started;
  client = new GoogleGenAI({ vertexai: true, apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
});

describe.each(UPSTREAM_KINDS)('Google’s library in its Vertex mode, to %s', (kind) => {
  servesGoogleLibrary({ client: () => client, model: MODEL_OF[kind], kind, mode: 'vertex' });
});

test.each([
  { path: '/v1/publishers/google/models/M:generateContent' },
  { path: '/v1beta1/publishers/google/models/M:generateContent' },
  { path: '/v1/projects/any/locations/global/publishers/google/models/M:generateContent' },
  { path: '/v1beta1/projects/any/locations/us-central1/publishers/google/models/M:generateContent' },
])('$path is served, by our own credentials', async ({ path }) => {
  const body = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
  const answer = await send(gateway, { path: path.replace('M', MODEL_OF['gemini-generate']), body });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.text).toContain('Hello from gemini-generate: hi');
});

test.each([
  '/v1/publishers/anthropic/models/claude-opus-4-6:rawPredict',
  '/v1beta1/projects/p/locations/l/endpoints/1:generateContent',
  '/v1beta1/reasoningEngines',
])('%s is not, and that is said in Google’s words', async (path) => {
  const answer = await send(gateway, { path, body: {} });
  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
});

test('its paths need a client key as all others do', async () => {
  const path = `/v1beta1/publishers/google/models/${MODEL_OF['gemini-generate']}:generateContent`;
  const reply = await fetch(`${gateway.url}${path}`, { method: 'POST', body: '{"contents":[]}' });
  expect(reply.status).toBe(401);
});
