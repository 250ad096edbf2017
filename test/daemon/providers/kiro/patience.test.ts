import { expect, test } from 'vitest';
import { wireBodyOf } from '../../../../src/daemon/engine/wire-body.js';
import { kiroAccount } from '../../../../src/daemon/providers/kiro/account.js';
import { withPatience } from '../../../../src/daemon/providers/kiro/patience.js';
import type { HttpReply, UpstreamRequest } from '../../../../src/daemon/providers/provider.js';
import { readBody } from '../../../../src/daemon/transport/http.js';
import { accountContext, type SideAnswer, sideCalls } from '../../../support/accounts.js';
import { manualClock, settled } from '../../../support/manual-clock.js';
import { modelNamed } from '../../../support/provider.js';
import { kiroFile } from '../../../support/vendors/kiro.js';

const REQUEST = {
  url: 'https://q.us-east-1.amazonaws.com/generateAssistantResponse',
  headers: {},
  body: Buffer.from('{}'),
};
const full = (status: number, more: object = {}): SideAnswer => ({
  status,
  body: { message: 'Too many requests', reason: 'INSUFFICIENT_MODEL_CAPACITY', ...more },
});
const GOOD: SideAnswer = { status: 200, body: { ok: true } };

async function send(answers: readonly SideAnswer[]) {
  const { http, calls } = sideCalls({ '/generateAssistantResponse': (_call, count) => answers[count - 1] ?? GOOD });
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const { signal } = new AbortController();
  const once = (request: UpstreamRequest): Promise<HttpReply> => http.send({ ...request, proxyUrl: undefined });
  const reply = await withPatience(once, { sleep, signal })(REQUEST);
  const { bytes } = await readBody(reply.body, 1000);
  return { status: reply.status, said: JSON.parse(bytes.toString('utf8')) as unknown, waits, count: calls.length };
}

test.each([429, 500])('a model without room, with %i, is asked again after 5, 10 and 20 seconds', async (status) => {
  const { waits, ...reply } = await send([full(status), full(status), full(status)]);
  expect(waits).toEqual([5_000, 10_000, 20_000]);
  expect(reply).toEqual({ status: 200, said: { ok: true }, count: 4 });
});

test('the fourth refusal is told as it came', async () => {
  const refusals = [1, 2, 3, 4].map((n) => full(429, { n }));
  expect(await send(refusals)).toMatchObject({ status: 429, said: { n: 4 }, count: 4 });
});

test('a wait that Kiro names is kept', async () => {
  expect((await send([full(429, { retryAfterMilliseconds: 700 })])).waits).toEqual([700]);
});

test.each([
  { name: 'a rate of the account', answer: { status: 429, body: { reason: 'USER_REQUEST_RATE_EXCEEDED' } } },
  { name: 'a server error', answer: { status: 500, body: { message: 'no' } } },
  { name: 'a web page', answer: { status: 500, body: '"<html>"' } },
])('$name is no matter of patience', async ({ answer }) => {
  expect(await send([answer])).toMatchObject({ status: answer.status, waits: [], count: 1 });
});

test('who is gone is waited for no longer', async () => {
  const { http, calls } = sideCalls({ '/generateAssistantResponse': () => full(429) });
  const { sleep } = manualClock();
  const gone = new AbortController();
  const once = (request: UpstreamRequest): Promise<HttpReply> => http.send({ ...request, proxyUrl: undefined });
  const reply = withPatience(once, { sleep, signal: gone.signal })(REQUEST);
  await settled();
  gone.abort();
  expect((await reply).status).toBe(429);
  expect(calls).toHaveLength(1);
});

test.each([
  { name: 'waited for where nobody else has it', isAlone: true, asked: 4 },
  { name: 'left to others at once where they have it', isAlone: false, asked: 1 },
])('a model without room is $name', async ({ isAlone, asked }) => {
  const { clock, ...context } = accountContext();
  const upstream = kiroAccount.open(kiroFile(), { ...context, clock: { ...clock, sleep: async () => undefined } });
  const model = modelNamed('claude-sonnet-4.5');
  const endpoint = upstream.endpoint({ model, client: 'openai-chat', operation: 'generate', stream: true });
  if (endpoint === undefined) throw new Error('it is not served');
  const body = wireBodyOf({
    conversationState: { currentMessage: { userInputMessage: { content: 'hi' } }, history: [] },
  });
  const { converse } = upstream.prepare({
    endpoint,
    body,
    model,
    operation: 'generate',
    stream: true,
    relay: false,
    clientHeaders: {},
    isAlone: () => isAlone,
  });
  const { http, calls } = sideCalls({ '/': () => full(429) });
  await converse?.(
    () => http.send({ ...REQUEST, url: 'https://example.com/', proxyUrl: undefined }),
    new AbortController().signal,
  );
  expect(calls).toHaveLength(asked);
});
