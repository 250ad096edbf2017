import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SimulatedUpstream, startSimulatedUpstream } from '../../src/cli/demo/upstreams/simulated-upstream.js';
import type { StaleToken } from '../../src/daemon/process/data-plane.js';
import { toListed } from '../../src/daemon/runtime/account-models.js';
import type { StoredAccount } from '../../src/daemon/runtime/accounts.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { fakeAccountProvider } from '../support/fake-account.js';
import { type ServedPlane, servePlane } from '../support/plane.js';

const CONFIG = 'api-keys: [sk-test-client-key]\n';
const loaded = requireConfig(parseConfig(CONFIG, { path: 'config.yaml' }));
const refused = { status: 401, body: { error: { message: 'token expired', type: 'authentication_error' } } };

let upstream: SimulatedUpstream;
let served: ServedPlane;
let asked: StaleToken[];
/** What the primary finds when it is asked; `undefined`: nothing better. */
let renewed: string | undefined;

const account = (name: string, token: string): StoredAccount => ({
  name: `acme-${name}.json`,
  revision: token,
  fields: {
    type: 'acme',
    email: `${name}@example.com`,
    access_token: token,
    refresh_token: 'rt',
    api_url: upstream.url,
    // ann is asked first.
    priority: name === 'ann' ? 10 : 0,
  },
  models: [toListed({ id: 'acme-large', userDefined: true, traits: new Set() })],
});

beforeEach(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', models: ['acme-large'] });
  asked = [];
  renewed = 'ann-2';
  served = await servePlane(CONFIG, {
    accountProviders: [fakeAccountProvider()],
    accounts: [account('ann', 'ann-1'), account('bob', 'bob-1')],
    async renewAccount(stale) {
      asked.push(stale);
      await new Promise((done) => setImmediate(done));
      if (renewed !== undefined) served.plane.apply(loaded, [account('ann', renewed), account('bob', 'bob-1')]);
    },
  });
});
afterEach(async () => {
  await served.close();
  await upstream.close();
});

interface Client {
  readonly path: (stream: boolean) => string;
  readonly body: (stream: boolean) => unknown;
  /** What stands in every answer, streamed and whole. */
  readonly answers: (stream: boolean) => string;
}
const messages = [{ role: 'user', content: 'Hi' }];
const CLIENTS: Readonly<Record<string, Client>> = {
  'OpenAI Chat': {
    path: () => '/v1/chat/completions',
    body: (stream) => ({ model: 'acme-large', stream, messages }),
    answers: (stream) => (stream ? '[DONE]' : '"choices"'),
  },
  'OpenAI Responses': {
    path: () => '/v1/responses',
    body: (stream) => ({ model: 'acme-large', stream, input: 'Hi' }),
    answers: (stream) => (stream ? 'response.completed' : '"status":"completed"'),
  },
  Anthropic: {
    path: () => '/v1/messages',
    body: (stream) => ({ model: 'acme-large', stream, max_tokens: 100, messages }),
    answers: (stream) => (stream ? 'message_stop' : '"stop_reason":"end_turn"'),
  },
  Gemini: {
    path: (stream) => `/v1beta/models/acme-large:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: () => ({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }),
    answers: () => '"finishReason":"STOP"',
  },
};

const ask = (stream: boolean, client = 'OpenAI Chat'): Promise<Response> =>
  fetch(served.url + CLIENTS[client]?.path(stream), {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test-client-key', 'content-type': 'application/json' },
    body: JSON.stringify(CLIENTS[client]?.body(stream)),
  });
const tokensSeen = (): unknown[] => upstream.requests.map(({ headers }) => headers['authorization']);
const states = (): string[] => served.plane.credentials().map(({ label, state }) => `${label} ${state}`);

describe.each([
  { name: 'a stream', stream: true },
  { name: 'a whole answer', stream: false },
])('a refused token, for $name', ({ stream }) => {
  test.each(Object.entries(CLIENTS))(
    'is renewed and the request of %s sent once more with the same account',
    async (client, { answers }) => {
      upstream.script(refused);
      const reply = await ask(stream, client);
      expect(reply.status).toBe(200);
      expect((await reply.text()).replaceAll(/"\s*:\s*"/g, '":"')).toContain(answers(stream));
      expect(tokensSeen()).toEqual(['Bearer ann-1', 'Bearer ann-2']);
      expect(states()).toEqual(['claude (ann@example.com) ready', 'claude (bob@example.com) ready']);
    },
  );

  test('that cannot be renewed costs the account a rest, and the next one answers', async () => {
    renewed = undefined;
    upstream.script(refused);
    expect((await ask(stream)).status).toBe(200);
    expect(tokensSeen()).toEqual(['Bearer ann-1', 'Bearer bob-1']);
    expect(states()).toEqual(['claude (ann@example.com) cooling', 'claude (bob@example.com) ready']);
  });

  test('is renewed once: a second refusal counts', async () => {
    upstream.script([refused, refused]);
    expect((await ask(stream)).status).toBe(200);
    expect(tokensSeen()).toEqual(['Bearer ann-1', 'Bearer ann-2', 'Bearer bob-1']);
    expect(asked).toHaveLength(1);
  });
});

test('requests refused after somebody else had it renewed use that token at once', async () => {
  upstream.script(refused);
  await (await ask(false)).text();
  const before = asked.length;
  upstream.script({ ...refused, delayMs: 50 });
  const slow = ask(false);
  await upstream.waitForRequest(3);
  served.plane.apply(loaded, [account('ann', 'ann-3'), account('bob', 'bob-1')]);
  expect((await slow).status).toBe(200);
  expect(tokensSeen().at(-1)).toBe('Bearer ann-3');
  expect(asked).toHaveLength(before);
});

test('a new token ends the rest that the old one was sent to, and nothing else', async () => {
  renewed = undefined;
  upstream.script([
    refused,
    { status: 429, headers: { 'retry-after': '600' }, body: { error: { message: 'slow', type: 'rate_limit_error' } } },
  ]);
  await (await ask(false)).text();
  expect(states()).toEqual(['claude (ann@example.com) cooling', 'claude (bob@example.com) cooling']);
  served.plane.apply(loaded, [account('ann', 'ann-2'), account('bob', 'bob-2')]);
  expect(states()).toEqual(['claude (ann@example.com) ready', 'claude (bob@example.com) cooling']);
});

test('accounts come and go while it runs, and a rest outlives other changes', async () => {
  const models = () => served.plane.credentials().map(({ label }) => label);
  served.plane.apply(loaded, [account('bob', 'bob-1')]);
  expect(models()).toEqual(['claude (bob@example.com)']);
  upstream.script({
    status: 429,
    headers: { 'retry-after': '600' },
    body: { error: { message: 'slow', type: 'rate_limit_error' } },
  });
  await (await ask(false)).text();
  served.plane.apply(loaded, [account('ann', 'ann-1'), account('bob', 'bob-1')]);
  expect(states()).toEqual(['claude (ann@example.com) ready', 'claude (bob@example.com) cooling']);
  expect((await ask(false)).status).toBe(200);
  expect(tokensSeen().at(-1)).toBe('Bearer ann-1');
});
