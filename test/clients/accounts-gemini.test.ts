import { GoogleGenAI } from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { USER_AGENT } from '../../src/shared/version.js';
import { send } from '../support/conversation.js';
import { servesEveryClient } from '../support/every-client.js';
import { servesGoogleLibrary } from '../support/google-library.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../support/upstream.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { type Front, startFront } from '../support/vendors/front.js';

const MODEL = 'gemini-3-flash-preview';
const FILE = { type: 'gemini', access_token: 'ya29.test', email: 'ann@example.com', project_id: 'my-project' };
const refusal = (code: number, status: string, message: string) => ({
  status: code,
  body: { error: { code, message, status } },
});

let inner: SimulatedUpstream;
let vendor: Front;
let gateway: VendorGateway;

beforeAll(async () => {
  inner = await startSimulatedUpstream({ kind: 'gemini-generate', apiKey: 'inner', models: [MODEL] });
  vendor = await startFront({
    isInference: () => true,
    handle({ path, query, headers }) {
      const { authorization, 'x-goog-api-key': key, 'x-goog-user-project': project } = headers;
      if (headers['user-agent'] !== USER_AGENT) return refusal(403, 'PERMISSION_DENIED', 'not our User-Agent');
      if (key !== undefined) return refusal(400, 'INVALID_ARGUMENT', 'two credentials');
      if (authorization !== 'Bearer ya29.test') return refusal(401, 'UNAUTHENTICATED', 'invalid credentials');
      if (project !== 'my-project') return refusal(403, 'PERMISSION_DENIED', 'a quota project is required');
      return { url: `${inner.origin}${path}?${query}`, headers: { 'x-goog-api-key': 'inner' } };
    },
  });
  const config = `oauth-upstream: { gemini: '${vendor.origin}/v1beta' }\nrequest-retry: 0\n`;
  gateway = await startVendorGateway(config, [account('gemini-ann.json', FILE)]);
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
  await inner.close();
});
afterEach(() => {
  vendor.reset();
  gateway.plane.resetCredentials(undefined);
});

servesEveryClient(() => gateway, MODEL);

describe.each(['gemini', 'vertex'] as const)('Google’s library in its %s mode', (mode) => {
  const client = (): GoogleGenAI =>
    new GoogleGenAI({ apiKey: gateway.key, vertexai: mode === 'vertex', httpOptions: { baseUrl: gateway.url } });
  servesGoogleLibrary({ client, model: MODEL, kind: 'gemini-generate', mode });
});

test('a missing quota project reaches the client with the next step', async () => {
  vendor.script(refusal(403, 'PERMISSION_DENIED', 'The API requires a quota project'));
  const answer = await send(gateway, {
    path: '/v1/messages',
    body: { model: MODEL, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
  });
  expect(answer.status).toBe(403);
  expect(answer.text).toContain('is the Generative Language API enabled in my-project');
});
