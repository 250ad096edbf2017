import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../support/conversation.js';
import { servesEveryClient } from '../support/every-client.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../support/upstream.js';
import { startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';

const MODEL = 'gemini-2.5-flash';
/** Of a family that the catalogue knows, though not of it. */
const NEW = 'gemini-3.9-ultra';

let first: SimulatedUpstream;
let second: SimulatedUpstream;
let gateway: VendorGateway;

beforeAll(async () => {
  const open = () => startSimulatedUpstream({ kind: 'gemini-generate', apiKey: 'up', models: [MODEL, NEW] });
  [first, second] = [await open(), await open()];
  const models = `models: [{ name: ${MODEL} }, { name: ${NEW} }]`;
  const filters = 'safety-settings: { harassment: off, hate-speech: BLOCK_ONLY_HIGH, something-new: 1 }';
  const settings = `request-retry: 0
gemini-api-key:
  - { api-key: up, base-url: '${first.url}', priority: 2, ${models}, ${filters} }
  - { api-key: up, base-url: '${second.url}', priority: 1, ${models} }
`;
  gateway = await startVendorGateway(settings, []);
});
afterAll(() => Promise.all([gateway, first, second].map((each) => each.close())));
afterEach(() => {
  first.reset();
  second.reset();
  gateway.plane.resetCredentials(undefined);
});

const path = `/v1beta/models/${MODEL}:generateContent`;
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

describe('a model that only the config names', () => {
  servesEveryClient(() => gateway, NEW);
});

test('a cache of another key is looked for there, and no key rests for it', async () => {
  const body = {
    error: { code: 403, message: 'CachedContent not found (or permission denied)', status: 'PERMISSION_DENIED' },
  };
  first.script({ status: 403, body });
  expect((await send(gateway, { path, body: { contents } })).status).toBe(200);
  expect(second.requests).toHaveLength(1);
  // Another conversation: this one stays where it was answered.
  const other = { contents: [{ role: 'user', parts: [{ text: 'something else' }] }] };
  expect((await send(gateway, { path, body: other })).status).toBe(200);
  expect([first.requests.length, second.requests.length]).toEqual([2, 1]);
});

test('where no key has it, the client is told what it was, and where it may be', async () => {
  const body = {
    error: {
      code: 403,
      message: 'You do not have permission to access the File abc or it may not exist.',
      status: 'PERMISSION_DENIED',
    },
  };
  for (const upstream of [first, second]) upstream.script({ status: 403, body });
  const answer = await send(gateway, {
    path: '/v1/messages',
    body: { model: MODEL, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
  });
  expect(answer.status).toBe(403);
  expect(answer.text).toContain('the key or project only that it was made with');
});

test('filters are those of the key that serves the request', async () => {
  await send(gateway, { path, body: { contents } });
  expect(first.requests.at(-1)?.body).toMatchObject({
    safetySettings: [
      { category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' },
      { category: 'HARM_CATEGORY_HATE_SPEECH', threshold: 'BLOCK_ONLY_HIGH' },
    ],
  });
  first.script({ status: 503, body: { error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } } });
  await send(gateway, { path, body: { contents } });
  expect(second.requests.at(-1)?.body).not.toHaveProperty('safetySettings');
});
