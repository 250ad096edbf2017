import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { anthropicMessagesClient } from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import { isObject, type JsonObject } from '../../../../src/daemon/ir/json.js';
import { kiroAccount } from '../../../../src/daemon/providers/kiro/account.js';
import { eventFrame } from '../../../support/event-stream.js';
import { type Proof, proofsIn, provesPitfalls } from '../../../support/pitfalls.js';
import { account, startVendorGateway, type VendorGateway } from '../../../support/vendor-gateway.js';
import {
  type FakeKiro,
  kiroFile,
  kiroStream,
  METADATA,
  partsOf,
  startFakeKiro,
  usualAnswer,
} from '../../../support/vendors/kiro.js';

const ours = (name: string) => proofsIn(`daemon/providers/kiro/${name}.test.ts`);
const encode = ours('encode-request');
const decode = ours('decode-stream');
const clients = proofsIn('clients/accounts-kiro.test.ts');

const PROOFS: Readonly<Record<number, readonly Proof[]>> = {
  1: [
    encode(
      'names that Kiro refuses change, alone for each, and the way back is known',
      'the history uses the same names',
    ),
    decode('names and free-form inputs are the client’s again'),
  ],
  2: [encode('names that Kiro refuses change, alone for each, and the way back is known')],
  3: [encode('ids with foreign signs, too long or counted anew each turn fit, in calls and results alike')],
  4: [encode('a description that is missing or blank names the tool')],
  5: [encode('what does not fit into a description goes on in the system prompt')],
  6: [
    encode('nulls', 'types in a list, deep inside', 'a root that is no object'),
    ours('any-conversation')('whatever a client says, Kiro gets what it takes'),
  ],
  7: [
    ours('shrink-tools')(
      'a large list of tools that ended in a 500 goes again without the descriptions within, and means the same',
      'a small list',
    ),
  ],
  8: [encode('blank turns say something neutral')],
  9: [encode('an assistant at the front follows a user')],
  12: [encode('a result without a call is told as text', 'a call that nobody answered gets an error')],
  13: [encode('a hundred turns are all sent')],
  14: [encode('an image moves to the message', 'JSON stays as it is')],
  15: [encode('an empty result says so')],
  16: [encode('an error is one')],
  17: [encode('a JPEG by its older name is one', 'another format', 'a link')],
  18: [encode('half a character is taken out')],
  20: [
    encode('a built-in tool is left out with a warning, but for the search, which Kiro has'),
    proofsIn('clients/accounts-kiro-search.test.ts')('gets what was searched, found and said'),
  ],
  21: [decode('ends before a call', 'that ends with the answer')],
  22: [decode('text after a call is a block of its own')],
  23: [decode('white space stays after thinking in events of its own')],
  24: [decode('equal pieces both count', 'two equal calls with ids of their own', 'the same call twice is one')],
  25: [decode('a call that is only talked about stays text')],
  27: [clients('an unknown model is 404, and never another one')],
  28: [ours('account')('holds members of Kiro’s own only')],
  29: [ours('account')('Frankfurt for the rest of Europe', 'Virginia for everybody else')],
  30: [ours('account')('a Builder ID', 'an organisation', 'Google')],
  31: [ours('refresh')('what the answer leaves out is not touched')],
  32: [ours('refresh')('an organisation without a region')],
  34: [ours('login')('two accounts without a name do not take each other’s place')],
  35: [
    ours('account')('when both limit, the account rests, longer each time until an answer is good'),
    clients('a host that limits leaves the other one, and nothing cools'),
  ],
  37: [
    clients(
      'an exception in place of an answer is an error with its status',
      'an exception in the middle of a stream ends it with an error',
    ),
  ],
  38: [decode('at the end of the stream', 'with nothing else said is an error')],
};
/** By the numbers of kiro.md §8. */
provesPitfalls({ count: 39, proofs: PROOFS, here: [10, 11, 19, 26, 33, 36, 39] });

let vendor: FakeKiro;
let gateway: VendorGateway;
let openai: OpenAI;

beforeAll(async () => {
  vendor = await startFakeKiro();
  const settings = `oauth-endpoints: { kiro: { api: '${vendor.origin}' } }\nrequest-retry: 0\n`;
  gateway = await startVendorGateway(settings, [account('kiro-ann.json', kiroFile())]);
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});
afterEach(() => {
  vendor.reset();
  vendor.answer = usualAnswer;
});

type Message = OpenAI.ChatCompletionMessageParam;
const MODEL = 'kiro-claude-sonnet-4-5';
const weather = (id: string) => ({ id, type: 'function' as const, function: { name: 'weather', arguments: '{}' } });
const tools = [
  { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];

async function sent(messages: readonly Message[]): Promise<JsonObject> {
  await openai.chat.completions.create({ model: MODEL, messages: [...messages], tools });
  const body = vendor.seen.findLast(({ path }) => path.endsWith('/generateAssistantResponse'))?.body;
  if (body === undefined) throw new Error('nothing was sent');
  return body;
}
const historyOf = ({ conversationState: state }: JsonObject): readonly JsonObject[] =>
  isObject(state) && Array.isArray(state['history']) ? state['history'].filter(isObject) : [];

test('10: assistant messages that become one keep the calls of all, and results are gathered behind them', async () => {
  const body = await sent([
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'one', tool_calls: [weather('c1')] },
    { role: 'assistant', content: 'two', tool_calls: [weather('c2')] },
    { role: 'tool', tool_call_id: 'c1', content: 'r1' },
    { role: 'tool', tool_call_id: 'c2', content: 'r2' },
    { role: 'user', content: 'b' },
  ]);
  expect(JSON.stringify(historyOf(body)).match(/"toolUseId":"c[12]"/g)).toEqual([
    '"toolUseId":"c1"',
    '"toolUseId":"c2"',
  ]);
  expect(partsOf(body).message).toMatchObject({
    userInputMessage: {
      content: expect.stringContaining('b'),
      userInputMessageContext: { toolResults: [{ toolUseId: 'c1' }, { toolUseId: 'c2' }] },
    },
  });
});

test('11: an assistant right after results follows a user message that carries them', async () => {
  const body = await sent([
    { role: 'user', content: 'a' },
    { role: 'assistant', content: null, tool_calls: [weather('c1')] },
    { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    { role: 'assistant', content: 'It is sunny.' },
    { role: 'user', content: 'b' },
  ]);
  expect(historyOf(body).slice(2)).toMatchObject([
    {
      userInputMessage: {
        userInputMessageContext: { toolResults: [{ toolUseId: 'c1', content: [{ text: 'sunny' }] }] },
      },
    },
    { assistantResponseMessage: { content: 'It is sunny.' } },
  ]);
});

test('19: what a developer says is the system’s', async () => {
  const body = await sent([
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'hi' },
  ]);
  expect(partsOf(body).text).toBe('Be brief.\n\nhi');
});

test('26: max_tokens of -1 means as many as there are', async () => {
  const answer = await openai.chat.completions.create({
    model: MODEL,
    max_tokens: -1,
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(answer.choices[0]?.finish_reason).toBe('stop');
});

test.each(['idc', 'builder-id', 'social', 'google', 'github'])('33: a login by %s is renewed in time', (method) => {
  const expiresAt = '2027-01-01T00:00:00Z';
  expect(kiroAccount.read(kiroFile({ auth_method: method, expires_at: expiresAt }))).toMatchObject({
    canRefresh: true,
    expiresAt: Date.parse(expiresAt),
    refreshLeadMs: 20 * 60_000,
  });
});

test.each([true, false])(
  '36: thinking in events of its own and exact counts reach the client, stream: %s',
  async (stream) => {
    vendor.script(
      kiroStream(
        eventFrame('reasoningContentEvent', { text: 'hm' }),
        eventFrame('assistantResponseEvent', { content: 'Hi.' }),
        METADATA,
      ),
    );
    const answer = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: MODEL,
        stream,
        max_tokens: 4000,
        thinking: { type: 'enabled', budget_tokens: 2000 },
        messages: [{ role: 'user', content: 'hi' }],
      }),
    });
    const text = await answer.text();
    expect(text).toContain(stream ? '"thinking":"hm"' : '{"type":"thinking","thinking":"hm"');
    expect(text).toContain('"output_tokens":41');
  },
);

test('39: a ping is Anthropic’s own, without figures', () => {
  const data = /^event: ping\ndata: (.*)\n\n$/.exec(anthropicMessagesClient.keepAlive)?.[1];
  expect(JSON.parse(data ?? '{}')).toEqual({ type: 'ping' });
});
