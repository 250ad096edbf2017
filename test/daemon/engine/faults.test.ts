import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CLIENT_NAMES, type ClientName, type ConductRig, openConductRig } from '../../support/conduct.js';
import { errorReply, type ScriptedReply, streamThenEnd, streamThenStall } from '../../support/upstream.js';

// What an upstream and a network can do to a request, for every client; `conduct.test.ts` has the plain statuses.

let rig: ConductRig;
beforeAll(async () => {
  rig = await openConductRig(['m']);
});
afterAll(() => rig.close());
afterEach(() => {
  rig.upstream.reset();
  rig.idleTimeoutMs = 0;
  rig.ended.length = 0;
});

/** Credential `a` before credential `b`, so that the order of calls is known. */
const config = (settings = '', baseOfA = 'UPSTREAM'): string => `
api-keys: [sk-test-client]
${settings}
openai-compatibility:
  - { name: one, base-url: ${baseOfA}, priority: 1, api-key-entries: [{ api-key: a }], models: [{ name: m }] }
  - { name: two, base-url: UPSTREAM, api-key-entries: [{ api-key: b }], models: [{ name: m }] }
`;
const sse = (...frames: string[]): ScriptedReply => ({ stream: frames.map((frame) => `data: ${frame}\n\n`) });
const opened = (): readonly string[] =>
  (streamThenEnd('openai-chat', 'half an').stream ?? []).filter((step) => typeof step === 'string');
const OVERLOADED = JSON.stringify({
  error: { message: 'overloaded', type: 'server_error', code: 'server_is_overloaded' },
});
const rests = (): number => rig.state.health.records(rig.clock.now()).length;

const WAYS = CLIENT_NAMES.flatMap((client) => [false, true].map((stream) => ({ client, stream })));

/** `rests`: whether the credential is to blame. */
const BEFORE_CONTENT: readonly { readonly name: string; readonly reply: ScriptedReply; readonly rests: number }[] = [
  { name: 'a redirect', reply: { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: '' }, rests: 1 },
  {
    name: 'malformed JSON',
    reply: { headers: { 'content-type': 'application/json' }, body: '{"choices":[' },
    rests: 1,
  },
  { name: 'a stream of malformed JSON', reply: sse('{"choices":['), rests: 1 },
  { name: 'a wrong content type', reply: { headers: { 'content-type': 'text/plain' }, body: 'Hello' }, rests: 1 },
  { name: 'an overload inside a 200 stream', reply: sse(OVERLOADED), rests: 1 },
  { name: 'an error object with status 200', reply: { body: JSON.parse(OVERLOADED) }, rests: 1 },
  { name: 'a stream without anything', reply: sse(), rests: 1 },
  { name: 'a stream that is cut before content', reply: { stream: ['', 'cut'] }, rests: 0 },
  { name: 'an empty JSON object', reply: { body: {} }, rests: 1 },
];

const UNREACHABLE: readonly { readonly name: string; readonly base: () => string }[] = [
  { name: 'nobody listens', base: () => 'http://127.0.0.1:9' },
  // A label of 64 letters: no resolver is asked.
  { name: 'the host name does not exist', base: () => `http://${'x'.repeat(64)}.invalid/v1` },
  { name: 'TLS fails', base: () => rig.upstream.url.replace('http:', 'https:') },
];

describe.each(WAYS)('a $client client, stream: $stream', ({ client, stream }) => {
  test.each(BEFORE_CONTENT)('is answered by the next credential after $name', async ({ reply, rests: expected }) => {
    rig.configure(config());
    rig.upstream.script(reply);
    const seen = await rig.ask({ client, stream });
    expect({ status: seen.status, calls: rig.calls(), rests: rests() }).toEqual({
      status: 200,
      calls: 'a/m b/m',
      rests: expected,
    });
    expect(seen.text).toContain('Hello');
  });

  test.each(UNREACHABLE)('is answered by the next credential when $name, and nobody rests', async ({ base }) => {
    rig.configure(config('', base()));
    const seen = await rig.ask({ client, stream });
    expect({ status: seen.status, calls: rig.calls(), rests: rests() }).toEqual({
      status: 200,
      calls: 'b/m',
      rests: 0,
    });
  });

  test('does not wait longer than it may for the headers', async () => {
    rig.configure(config('streaming: { first-byte-timeout-seconds: 0.1 }'));
    rig.upstream.script({ delayMs: 60_000 });
    expect((await rig.ask({ client, stream })).status).toBe(200);
    expect(rig.calls()).toBe('a/m b/m');
  });

  test('is told that its request is too long, and nobody else is asked', async () => {
    rig.configure(config('request-retry: 3'));
    rig.upstream.script(errorReply('openai-chat', 'context-length'));
    const seen = await rig.ask({ client, stream });
    expect({ status: seen.status, calls: rig.calls(), rests: rests() }).toEqual({
      status: 400,
      calls: 'a/m',
      rests: 0,
    });
  });

  test('hears who rests, why and until when, with the time to come back at', async () => {
    rig.configure(config());
    rig.upstream.script([
      { status: 429, headers: { 'retry-after': '30' }, body: {} },
      { status: 429, headers: { 'retry-after': '50' }, body: {} },
    ]);
    await rig.ask({ client, stream });
    rig.upstream.reset();
    const seen = await rig.ask({ client, stream });
    expect(seen.failure).toMatchObject({ status: 429, retryAfterMs: 30_000 });
    expect(seen.text).toMatch(/one .*rate-limit, free in 30 s; two .*rate-limit, free in 50 s/);
    expect(rig.calls()).toBe('');
  });

  test('that is gone before it is served costs nobody anything', async () => {
    rig.configure(config());
    const seen = await rig.ask({ client, stream, signal: AbortSignal.abort() });
    expect({ reason: seen.failure?.reason, calls: rig.calls(), rests: rests() }).toEqual({
      reason: 'aborted',
      calls: '',
      rests: 0,
    });
  });
});

const MID_STREAM: readonly { readonly name: string; readonly reply: () => ScriptedReply; readonly rests: number }[] = [
  { name: 'a reset', reply: () => ({ stream: [...opened(), 'reset'] }), rests: 0 },
  { name: 'malformed JSON', reply: () => ({ stream: [...opened(), 'data: {"choices":[\n\n', 'end'] }), rests: 1 },
  { name: 'a stall', reply: () => streamThenStall('openai-chat', 'half an'), rests: 1 },
];

describe.each(WAYS)('in the middle of an answer to a $client client, stream: $stream', ({ client, stream }) => {
  test.each(MID_STREAM)('$name is an error, never an end', async ({ reply, rests: expected }) => {
    rig.configure(config('request-retry: 2'));
    rig.idleTimeoutMs = 100;
    rig.upstream.script(reply());
    const seen = await rig.ask({ client, stream });
    if (stream) {
      expect(rig.calls()).toBe('a/m');
      expect(seen.text).toContain('half');
      expect(seen.text).toMatch(/"(error|response\.failed)"/);
    } else {
      // Nothing has been sent yet: the next one answers.
      expect(rig.calls()).toBe('a/m b/m');
      expect(seen.text).toContain('Hello');
    }
    expect(rests()).toBe(expected);
  });
});

describe.each(CLIENT_NAMES)('a %s client that streams', (client: ClientName) => {
  test('is answered by the next credential when nothing follows the headers for too long', async () => {
    rig.configure(config('streaming: { first-byte-timeout-seconds: 5 }'));
    rig.upstream.script({ stream: ['', 'stall'] });
    const asked = rig.ask({ client, stream: true });
    const { closed } = await rig.upstream.waitForRequest(1);
    // The headers must have arrived before the clock may run out.
    while (rig.ticker.size === 0) await new Promise(setImmediate);
    rig.clock.advance(4999);
    rig.ticker.tick();
    expect(rig.calls()).toBe('a/m');
    rig.clock.advance(1);
    rig.ticker.tick();
    expect((await asked).status).toBe(200);
    expect(rig.calls()).toBe('a/m b/m');
    expect(rests()).toBe(1);
    await closed;
    expect(rig.ticker.size).toBe(0);
  });

  test('and is slow gets everything, held back at the upstream meanwhile', async () => {
    rig.configure(config());
    const chunk = JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content: 'word ' } }] });
    const last = JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    rig.upstream.script(sse(...Array(200).fill(chunk), last, '[DONE]'));
    let drains = 0;
    const seen = await rig.ask({
      client,
      stream: true,
      onWrite(_text, drain) {
        drains++;
        setImmediate(drain);
        return false;
      },
    });
    // Responses events repeat the text at the end.
    expect((seen.text.match(/word /g)?.length ?? 0) % 200).toBe(0);
    expect(seen.text.split('word ').length).toBeGreaterThan(200);
    expect(drains).toBeGreaterThan(0);
    expect(rig.ended).toEqual(['ok']);
  });

  test('and is gone meanwhile has its upstream closed at once, and nobody rests', async () => {
    rig.configure(config('request-retry: 3\nstreaming: { bootstrap-retries: 2 }'));
    const gone = new AbortController();
    rig.upstream.script(streamThenStall('openai-chat', 'half an'));
    const asked = rig.ask({
      client,
      stream: true,
      signal: gone.signal,
      onWrite() {
        gone.abort();
        return true;
      },
    });
    const { closed } = await rig.upstream.waitForRequest(1);
    await asked;
    await closed;
    expect(rig.ended).toEqual(['aborted']);
    expect(rig.calls()).toBe('a/m');
    expect(rests()).toBe(0);
  });
});
