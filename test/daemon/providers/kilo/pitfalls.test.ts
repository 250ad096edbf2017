import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configAccounts } from '../../../../src/daemon/process/config-accounts.js';
import { type Proof, proofsIn, provesPitfalls } from '../../../support/pitfalls.js';
import { configOf } from '../../../support/runtime.js';
import { account, startVendorGateway, type VendorGateway } from '../../../support/vendor-gateway.js';
import { type FakeKilo, kiloFile, startFakeKilo } from '../../../support/vendors/kilo.js';

const ours = (name: string) => proofsIn(`daemon/providers/kilo/${name}.test.ts`);
const login = ours('login');
const models = ours('models');
const clients = proofsIn('clients/accounts-kilo.test.ts');

const PROOFS: Readonly<Record<number, readonly Proof[]>> = {
  1: [login('denied by status', 'denied in the body', 'expired by status', 'answered with something else')],
  2: [login('a code is not polled past its end')],
  3: [login('a 5xx', 'a broken connection')],
  4: [login('is asked, and $value is kept', 'is never somebody the login does not know')],
  5: [login('a profile that cannot be read', 'defaults that cannot be read')],
  6: [login('is asked, and $value is kept')],
  7: [
    models('not the field other gateways look for', 'Kilo’s order is kept, the first place included, paid models too'),
  ],
  8: [clients('a thinking suffix is taken off, and “:free” is none')],
  9: [clients('a chunk with usage and no choices is hidden from a client that did not ask for it')],
  10: [clients('an error in mid-stream is no normal end at %s')],
  11: [clients('an answer limit that is too small for the routed provider is raised once it is refused')],
  12: [clients('an empty balance keeps back what costs, and nothing else')],
  14: [login('two payers of one person are two files, and each takes the place of its own')],
  15: [ours('account')('$token is sent to $url, whole', 'does not win over the operator')],
  17: [
    clients('a model that chooses its own effort is sent none'),
    ours('account')('none goes to a model that does not think'),
  ],
  18: [clients('thinking of Claude that came another way is not sent through chat')],
  20: [clients('tokens are counted here, since Kilo does not')],
};
/** By the numbers of kilo.md §8. */
provesPitfalls({ count: 20, proofs: PROOFS, here: [13, 16, 19] });

const AUTO = 'kilo-auto/free';
const PAID = 'google/gemini-3-pro';
let vendor: FakeKilo;
let gateway: VendorGateway;
let openai: OpenAI;

const settings = (more = ''): string =>
  `oauth-endpoints: { kilo: { api: '${vendor.origin}' } }\nrequest-retry: 0\n${more}`;
const clientOf = ({ url, key }: VendorGateway): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });

beforeAll(async () => {
  vendor = await startFakeKilo({ 'openai-chat': [AUTO, PAID] });
  const listed = [AUTO, PAID].map((id) => ({ id, userDefined: false, traits: [] }));
  gateway = await startVendorGateway(settings(), [account('kilo-ann.json', kiloFile(), { models: listed })]);
  openai = clientOf(gateway);
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});
afterEach(() => {
  vendor.reset();
  gateway.plane.resetCredentials(undefined);
});

const messages = [{ role: 'user' as const, content: 'hi' }];
const inference = () => vendor.seen.filter(({ path }) => path === '/api/gateway/chat/completions');
const refusal = (status: number, message: string) => ({ status, body: { error: { message, code: status } } });

test('13: a 503 is not asked for ever: it may be a bill that Kilo itself has not paid', async () => {
  vendor.script(refusal(503, 'upstream billing'), refusal(503, 'upstream billing'), refusal(503, 'upstream billing'));
  await expect(openai.chat.completions.create({ model: PAID, messages })).rejects.toMatchObject({ status: 503 });
  expect(inference().length).toBeLessThanOrEqual(3);
});

test.each(['X-KiloCode-Mode', 'x-kilocode-mode'])('16: the hint in %s is read, however it is written', async (name) => {
  await openai.chat.completions.create({ model: AUTO, messages }, { headers: { [name]: 'architect' } });
  expect(inference()[0]?.headers['x-kilocode-mode']).toBe('architect');
});

test('19: what Gemini signed goes back with the call it belongs to', async () => {
  const reasoning_details = [
    { type: 'reasoning.encrypted', data: 'c2lnbmVk', id: 'call_1', format: 'google-gemini-v1' },
  ];
  const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
  const tools = [
    { type: 'function' as const, function: { name: 'f', parameters: { type: 'object', properties: {} } } },
  ];
  const answer = { role: 'assistant', content: null, tool_calls: [call], reasoning_details };
  vendor.script({
    status: 200,
    body: {
      id: 'x',
      object: 'chat.completion',
      model: PAID,
      choices: [{ index: 0, message: answer, finish_reason: 'tool_calls' }],
    },
  });
  const ask = async (input: unknown) => {
    const reply = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: PAID, max_tokens: 100, tools: ANTHROPIC_TOOLS, messages: input }),
    });
    return (await reply.json()) as { readonly content: readonly object[] };
  };
  const first = await ask(messages);
  await ask([
    ...messages,
    { role: 'assistant', content: first.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'r' }] },
  ]);
  expect(inference().at(-1)?.body).toMatchObject({ tools, messages: [{}, { reasoning_details }, { role: 'tool' }] });
});
const ANTHROPIC_TOOLS = [{ name: 'f', input_schema: { type: 'object', properties: {} } }];

test.each([
  { path: '/v1/messages', told: 'prompt is too long' },
  { path: '/v1/chat/completions', told: 'context_length_exceeded' },
])('a prompt that is too long is told at $path in words that make clients compact', async ({ path, told }) => {
  vendor.script(refusal(400, "This request exceeds the model's context window of 200000 tokens"));
  const reply = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: PAID, max_tokens: 100, messages }),
  });
  expect({ status: reply.status, text: await reply.text() }).toEqual({
    status: 400,
    text: expect.stringContaining(told),
  });
  expect(inference()).toHaveLength(1);
});

describe('an entry of the config without a key', () => {
  let anonymous: VendorGateway;
  beforeAll(async () => {
    const entry = 'kilo: [{ anonymous: true }]';
    const accounts = configAccounts(configOf(entry)).map(({ name, fields }) => account(name, fields));
    anonymous = await startVendorGateway(settings(entry), accounts);
  });
  afterAll(() => anonymous.close());

  test('serves what is free', async () => {
    const answer = await clientOf(anonymous).chat.completions.create({ model: AUTO, messages, user: 'u-1' });
    expect(answer.choices[0]?.message.content).toContain('hi');
  });

  test('has no model that costs', async () => {
    const asked = clientOf(anonymous).chat.completions.create({ model: PAID, messages });
    await expect(asked).rejects.toMatchObject({ status: 404 });
    expect(inference()).toEqual([]);
  });
});
