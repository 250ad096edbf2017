import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  challengePage,
  errorReply,
  resetReply,
  type ScriptedReply,
  type SimulatedUpstream,
  startSimulatedUpstream,
  streamThenCut,
  streamThenEnd,
  streamThenError,
  streamThenStall,
  type UpstreamKind,
} from '../../../support/upstream.js';

const KINDS: readonly UpstreamKind[] = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'];
/** What only a complete stream of the kind has. */
const LAST: Readonly<Record<UpstreamKind, string>> = {
  'openai-chat': '[DONE]',
  'openai-responses': 'response.completed',
  'anthropic-messages': 'message_stop',
  'gemini-generate': 'finishReason',
};

interface Received {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** `end`, or the code of the socket's error. */
  readonly end: string;
}

let upstream: SimulatedUpstream;
beforeEach(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-chat' });
});
afterEach(() => upstream.close());

/** Sends one request on a fresh connection and takes what comes until the connection or the body ends. */
function send(body: string, onText: (text: string, close: () => void) => void = () => undefined): Promise<Received> {
  return new Promise((resolve) => {
    const received = { status: undefined as number | undefined, headers: {}, text: '' };
    const finish = (end: string): void => resolve({ ...received, end });
    const call = request(`${upstream.url}/chat/completions`, { method: 'POST', agent: false }, (reply) => {
      received.status = reply.statusCode;
      received.headers = reply.headers;
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => {
        received.text += chunk;
        onText(received.text, () => call.destroy());
      });
      reply.on('end', () => finish('end'));
      reply.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    });
    call.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    call.end(body);
  });
}

const play = (reply: ScriptedReply): Promise<Received> => {
  upstream.script(reply);
  return send('{}');
};

test('plays replies in order, then behaves as always', async () => {
  upstream.script([
    { status: 418, body: 'tea' },
    { body: { a: 1 }, headers: { 'x-one': '1' } },
  ]);
  expect(await send('{}')).toMatchObject({ status: 418, text: 'tea' });
  expect(await send('{}')).toMatchObject({ status: 200, text: '{"a":1}', headers: { 'x-one': '1' } });
  expect((await send('{}')).status).toBe(401);
});

test.each<{ name: string; reply: ScriptedReply; wanted: Partial<Received> }>([
  {
    name: 'raw pieces with waits',
    reply: { stream: ['a', { waitMs: 5 }, 'b', { waitFor: Promise.resolve() }, 'c'] },
    wanted: { text: 'abc', end: 'end' },
  },
  { name: 'an early end', reply: { stream: ['a', 'end', 'b'] }, wanted: { text: 'a', end: 'end' } },
  { name: 'a cut', reply: { stream: ['a', 'cut'] }, wanted: { status: 200, text: 'a', end: 'ECONNRESET' } },
  { name: 'a reset before headers', reply: resetReply(), wanted: { status: undefined, end: 'ECONNRESET' } },
  {
    name: 'a reset in mid-stream',
    reply: { stream: ['', { waitMs: 20 }, 'reset'] },
    wanted: { status: 200, end: 'ECONNRESET' },
  },
  { name: 'broken JSON', reply: { stream: ['data: {"a":\n\n'] }, wanted: { text: 'data: {"a":\n\n' } },
  {
    name: 'a wrong content type',
    reply: { headers: { 'content-type': 'text/html' }, stream: ['x'] },
    wanted: { status: 200 },
  },
  { name: 'a large body', reply: { body: 'x'.repeat(3_000_000) }, wanted: { text: 'x'.repeat(3_000_000) } },
])('plays $name', async ({ reply, wanted }) => {
  expect(await play(reply)).toMatchObject(wanted);
});

test('plays a challenge page', async () => {
  const { status, headers, text } = await play(challengePage());
  expect(status).toBe(403);
  expect(headers['content-type']).toContain('text/html');
  expect(text).toContain('Just a moment');
});

test('a stall keeps the connection open until the client goes, and records when', async () => {
  upstream.script(streamThenStall('openai-chat', 'half'));
  const { text } = await send('{}', (soFar, close) => {
    if (soFar.includes('half')) close();
  });
  expect(text).not.toContain('[DONE]');
  const { closed, receivedAt } = await upstream.waitForRequest(1);
  expect(await closed).toBeGreaterThanOrEqual(receivedAt);
  expect(upstream.requests[0]?.abortedAt).toBeTypeOf('number');
});

test('records what it saw, whether JSON or not', async () => {
  const waiting = upstream.waitForRequest(2);
  await send('{"a":1}');
  await send('not JSON');
  expect((await waiting).body).toBe('not JSON');
  expect(upstream.requests[0]).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    body: { a: 1 },
    abortedAt: undefined,
  });
  upstream.reset();
  expect(upstream.requests).toHaveLength(0);
});

test('answers 413 to what is too large', async () => {
  const { status, text } = await send(`"${'x'.repeat(33 * 1024 * 1024)}"`);
  expect(status).toBe(413);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'request_too_large' } });
});

test('keeps the pace that was asked for', async () => {
  const paced = await startSimulatedUpstream({ kind: 'openai-chat', models: ['m'], textDeltaMs: 10 });
  const startedAt = Date.now();
  const reply = await fetch(`${paced.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer k' },
    body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'one two three four' }] }),
  });
  expect(await reply.text()).toContain('[DONE]');
  // Seven words, less the tolerance of timers.
  expect(Date.now() - startedAt).toBeGreaterThan(60);
  await paced.close();
});

describe.each(KINDS)('ready-made replies of %s', (kind) => {
  test.each([
    { name: 'then an error', build: streamThenError, end: 'end' },
    { name: 'then a cut', build: streamThenCut, end: 'ECONNRESET' },
    { name: 'then the end of the body', build: streamThenEnd, end: 'end' },
  ])('text $name', async ({ build, end }) => {
    const received = await play(build(kind, 'half an answer'));
    expect(received.text).toContain('half');
    expect(received.text).toContain(' answer');
    expect(received.text).not.toContain(LAST[kind]);
    expect(received.end).toBe(end);
  });

  test.each([
    ['unauthorized', kind === 'gemini-generate' ? 400 : 401],
    ['forbidden', 403],
    ['billing', kind === 'anthropic-messages' ? 402 : 429],
    ['model-missing', 404],
    ['too-large', 413],
    ['rate-limit', 429],
    ['server', 500],
    ['overloaded', kind === 'anthropic-messages' ? 529 : 503],
    ['invalid', 400],
    ['context-length', 400],
  ] as const)('%s has status %i and an error body', async (name, status) => {
    const received = await play(errorReply(kind, name, { message: 'own words', retryAfterSeconds: 7 }));
    expect(received.status).toBe(status);
    expect(JSON.parse(received.text)).toMatchObject({ error: { message: 'own words' } });
    if (name !== 'rate-limit') return;
    const told =
      kind === 'gemini-generate'
        ? JSON.parse(received.text).error.details[1].retryDelay
        : received.headers['retry-after'];
    expect(Number.parseInt(told, 10)).toBe(7);
  });
});
