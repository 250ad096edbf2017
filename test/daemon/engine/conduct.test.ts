import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CLIENT_NAMES, type ConductRig, openConductRig } from '../../support/conduct.js';
import {
  challengePage,
  errorReply,
  resetReply,
  type ScriptedReply,
  streamThenCut,
  streamThenEnd,
  streamThenError,
} from '../../support/upstream.js';

let rig: ConductRig;
beforeAll(async () => {
  rig = await openConductRig(['m', 'n', 'o']);
});
afterAll(() => rig.close());
afterEach(() => rig.upstream.reset());

/** Credential `a` before credential `b`, so that the order of calls is known. */
const config = (settings = ''): string => `
api-keys: [sk-test-client]
${settings}
openai-compatibility:
  - { name: one, base-url: UPSTREAM, priority: 1, api-key-entries: [{ api-key: a }], models: [{ name: m }, { name: n }, { name: o }] }
  - { name: two, base-url: UPSTREAM, api-key-entries: [{ api-key: b }], models: [{ name: m }, { name: n }, { name: o }] }
`;

const error = (name: Parameters<typeof errorReply>[1]): ScriptedReply => errorReply('openai-chat', name);
const refused = (status: number, headers: Record<string, string> = {}): ScriptedReply => ({
  status,
  headers,
  body: { error: { message: 'refused by a test', type: 'test_error', code: null, param: null } },
});
const sse = (...frames: string[]): ScriptedReply => ({ stream: frames.map((frame) => `data: ${frame}\n\n`) });
const OVERLOADED = JSON.stringify({
  error: { message: 'overloaded', type: 'server_error', code: 'server_is_overloaded' },
});

/** How long credential `a` rests for model `m` after the exchange; 0 = not at all. */
const restOfA = (): number => {
  const { until } =
    rig.state.health.records(rig.clock.now()).find(({ modelId }) => modelId === 'm' || modelId === '') ?? {};
  return until === undefined ? 0 : until - rig.clock.now();
};

interface Case {
  readonly name: string;
  readonly reply: ScriptedReply;
  /** How long the failed credential rests. */
  readonly restMs: number;
}

const MINUTE = 60_000;
const FAILS_OVER: readonly Case[] = [
  { name: '429 without a hint', reply: refused(429), restMs: 1000 },
  { name: '429 with Retry-After in seconds', reply: refused(429, { 'retry-after': '7' }), restMs: 7000 },
  { name: '401', reply: error('unauthorized'), restMs: 30 * MINUTE },
  { name: '402', reply: refused(402), restMs: 30 * MINUTE },
  { name: '403', reply: error('forbidden'), restMs: 30 * MINUTE },
  { name: '404 of a model', reply: error('model-missing'), restMs: 10 * MINUTE },
  { name: '500', reply: error('server'), restMs: MINUTE },
  { name: '502', reply: refused(502), restMs: MINUTE },
  { name: '503', reply: error('overloaded'), restMs: MINUTE },
  { name: '529', reply: refused(529), restMs: MINUTE },
  { name: 'a reset before the headers', reply: resetReply(), restMs: 0 },
  { name: 'an empty 200', reply: { body: '' }, restMs: MINUTE },
  { name: 'a 204', reply: { status: 204, body: '' }, restMs: MINUTE },
  { name: 'an HTML page with status 200', reply: challengePage(200), restMs: MINUTE },
  { name: 'a challenge page with status 403', reply: challengePage(), restMs: 30 * MINUTE },
  { name: 'a huge error body', reply: { status: 500, body: 'x'.repeat(5_000_000) }, restMs: MINUTE },
];

const WAYS = CLIENT_NAMES.flatMap((client) => [false, true].map((stream) => ({ client, stream })));

describe.each(WAYS)('a $client client, stream: $stream', ({ client, stream }) => {
  test.each(FAILS_OVER)('is answered by the next credential after $name', async ({ reply, restMs }) => {
    rig.configure(config());
    rig.upstream.script(reply);
    const seen = await rig.ask({ client, stream });
    expect({ status: seen.status, calls: rig.calls() }).toEqual({ status: 200, calls: 'a/m b/m' });
    expect(seen.text).toContain('Hello');
    expect(restOfA()).toBe(restMs);
  });

  test('hears the last upstream error when nobody is left', async () => {
    rig.configure(config());
    rig.upstream.script([error('server'), error('forbidden')]);
    const seen = await rig.ask({ client, stream });
    expect(seen.status).toBe(403);
    expect(seen.text).toContain('not allowed to sample');
    expect(rig.calls()).toBe('a/m b/m');
  });

  test.each([
    { name: 'an error event', reply: streamThenError('openai-chat', 'half an') },
    { name: 'a cut', reply: streamThenCut('openai-chat', 'half an') },
    { name: 'an end without its last event', reply: streamThenEnd('openai-chat', 'half an') },
  ])('never takes $name after content for an end', async ({ reply }) => {
    rig.configure(config('streaming: { bootstrap-retries: 2 }\nrequest-retry: 2'));
    rig.upstream.script(reply);
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
  });
});

describe.each([{ stream: false }, { stream: true }])('with stream: $stream', ({ stream }) => {
  test('429 with a date rests until then', async () => {
    rig.configure(config());
    rig.upstream.script(refused(429, { 'retry-after': new Date(Date.now() + 20_000).toUTCString() }));
    await rig.ask({ stream });
    expect(rig.calls()).toBe('a/m b/m');
    expect(restOfA()).toBeGreaterThan(15_000);
    expect(restOfA()).toBeLessThanOrEqual(20_000);
  });

  test.each(['context-length', 'invalid', 'too-large'] as const)('%s is asked once and nobody rests', async (name) => {
    rig.configure(config('request-retry: 3\nquota-exceeded: { fallback-models: { m: n } }'));
    rig.upstream.script(error(name));
    const seen = await rig.ask({ stream });
    expect(seen.status).toBe(error(name).status);
    expect(rig.calls()).toBe('a/m');
    expect(rig.state.health.records(0)).toEqual([]);
  });

  test('the last upstream error is what the client sees', async () => {
    rig.configure(config());
    rig.upstream.script([error('server'), error('overloaded')]);
    const seen = await rig.ask({ stream });
    expect(seen.status).toBe(503);
    expect(seen.text).toContain('overloaded');
    expect(rig.calls()).toBe('a/m b/m');
  });

  test('while all rest nobody is asked, and the client hears who, why and until when', async () => {
    rig.configure(config());
    rig.upstream.script([refused(429, { 'retry-after': '30' }), refused(429, { 'retry-after': '50' })]);
    await rig.ask({ stream });
    rig.clock.advance(1000);
    const seen = await rig.ask({ stream });
    expect(seen.failure).toMatchObject({ status: 429, code: 'model_cooldown', retryAfterMs: 29_000 });
    expect(seen.text).toMatch(/one .*rate-limit, free in 29 s; two .*rate-limit, free in 49 s/);
    expect(rig.calls()).toBe('a/m b/m');
  });

  test('all refused for their keys is a 401', async () => {
    rig.configure(config());
    rig.upstream.script([error('unauthorized'), error('unauthorized')]);
    await rig.ask({ stream });
    // They rest for half an hour, and may be probed after five minutes.
    expect(await rig.ask({ stream })).toMatchObject({ status: 401, failure: { retryAfterMs: 5 * MINUTE } });
  });

  test('a client that is gone stops the ladder and cools nobody', async () => {
    rig.configure(config('request-retry: 3'));
    const gone = new AbortController();
    rig.upstream.script({ stream: ['stall'] });
    const asked = rig.ask({ stream, signal: gone.signal });
    await rig.upstream.waitForRequest(1);
    gone.abort();
    expect((await asked).failure?.reason).toBe('aborted');
    expect(rig.calls()).toBe('a/m');
    expect(rig.state.health.records(0)).toEqual([]);
  });
});

describe('a whole answer', () => {
  test.each([
    ['that is no JSON', { headers: { 'content-type': 'application/json' }, body: '{"choices":[' }],
    ['that is an error object with status 200', { body: JSON.parse(OVERLOADED) }],
  ])('%s fails over', async (_name, reply) => {
    rig.configure(config());
    rig.upstream.script(reply);
    expect((await rig.ask()).status).toBe(200);
    expect(rig.calls()).toBe('a/m b/m');
  });
});

describe('a stream', () => {
  test.each([
    { name: 'an overload in a 200 before any content', reply: sse(OVERLOADED) },
    { name: 'an end without anything', reply: sse() },
    { name: 'malformed JSON at its start', reply: sse('{"choices":[') },
    { name: 'a cut before content', reply: { stream: ['', 'cut'] } as ScriptedReply },
  ])('fails over after $name', async ({ reply }) => {
    rig.configure(config());
    rig.upstream.script(reply);
    const seen = await rig.ask({ stream: true });
    expect(rig.calls()).toBe('a/m b/m');
    expect(seen.text).toContain('[DONE]');
  });
});

describe('rounds', () => {
  test('request-retry 2 over two credentials that do not rest makes six calls', async () => {
    rig.configure(config('request-retry: 2\ntransient-error-cooldown-seconds: -1'));
    rig.upstream.script(Array(6).fill(error('server')));
    expect((await rig.ask()).status).toBe(500);
    expect(rig.calls()).toBe('a/m b/m a/m b/m a/m b/m');
  });

  test('wait for the first credential to be free again', async () => {
    rig.configure(config('request-retry: 1\nmax-retry-interval: 10'));
    rig.upstream.script([refused(429, { 'retry-after': '9' }), refused(429, { 'retry-after': '4' })]);
    const before = rig.clock.now();
    expect((await rig.ask()).status).toBe(200);
    expect(rig.clock.now() - before).toBe(4000);
    expect(rig.calls()).toBe('a/m b/m b/m');
  });

  test('a client that is gone while waiting is no error of ours', async () => {
    rig.configure(config('request-retry: 1\nmax-retry-interval: 10'));
    const gone = new AbortController();
    rig.clock.onSleep = () => gone.abort();
    rig.upstream.script([refused(429, { 'retry-after': '9' }), refused(429, { 'retry-after': '4' })]);
    const seen = await rig.ask({ signal: gone.signal });
    rig.clock.onSleep = undefined;
    expect(seen.failure?.reason).toBe('aborted');
    expect(rig.calls()).toBe('a/m b/m');
  });
});

describe('fallback models', () => {
  const chain = 'quota-exceeded: { fallback-models: { m: n, n: o, o: m } }';

  test.each([{ stream: false }, { stream: true }])(
    'serve in turn under the name the client asked for (stream: $stream)',
    async ({ stream }) => {
      rig.configure(config(chain));
      rig.upstream.script(Array(4).fill(refused(429)));
      const seen = await rig.ask({ stream });
      expect(rig.calls()).toBe('a/m b/m a/n b/n a/o');
      expect(seen.status).toBe(200);
      expect(seen.text).toContain('"model":"m"');
      expect(seen.text).not.toContain('"model":"o"');
    },
  );

  test('come after the rounds of the model before them', async () => {
    rig.configure(config(`${chain}\nrequest-retry: 1\ntransient-error-cooldown-seconds: -1`));
    rig.upstream.script(Array(4).fill(error('server')));
    await rig.ask();
    expect(rig.calls()).toBe('a/m b/m a/m b/m a/n');
  });

  test('each once; when all are used up the last upstream error is told', async () => {
    rig.configure(config(chain));
    rig.upstream.script([...Array(5).fill(refused(429)), error('overloaded')]);
    expect((await rig.ask()).status).toBe(503);
    expect(rig.calls()).toBe('a/m b/m a/n b/n a/o b/o');
  });

  test('serve a model that nobody offers', async () => {
    rig.configure(config('quota-exceeded: { fallback-models: { old: n } }'));
    const seen = await rig.ask({ model: 'old' });
    expect(rig.calls()).toBe('a/n');
    expect(seen.text).toContain('"model":"old"');
  });
});

describe('bootstrap retries', () => {
  const settings = 'streaming: { bootstrap-retries: 2 }\ntransient-error-cooldown-seconds: -1';

  test('execute a stream anew as often as configured', async () => {
    rig.configure(config(settings));
    rig.upstream.script(Array(6).fill(error('server')));
    expect((await rig.ask({ stream: true })).status).toBe(500);
    expect(rig.calls()).toBe('a/m b/m a/m b/m a/m b/m');
  });

  test('are for streams only', async () => {
    rig.configure(config(settings));
    rig.upstream.script(Array(2).fill(error('server')));
    expect((await rig.ask()).status).toBe(500);
    expect(rig.calls()).toBe('a/m b/m');
  });

  test('report the first server error when the retry finds nobody', async () => {
    rig.configure(config('streaming: { bootstrap-retries: 1 }'));
    rig.upstream.script([error('overloaded'), error('server')]);
    const seen = await rig.ask({ stream: true });
    expect(seen.status).toBe(500);
    expect(rig.calls()).toBe('a/m b/m');
  });

  test('do not follow a custom stop', async () => {
    const rule = "request-scoped-errors: [{ status: 500, match: ['server had an error'], action: stop }]";
    rig.configure(config(settings).replace('priority: 1,', `priority: 1, ${rule},`));
    rig.upstream.script(error('server'));
    expect((await rig.ask({ stream: true })).status).toBe(500);
    expect(rig.calls()).toBe('a/m');
  });
});

test('a refused connection fails over and cools nobody', async () => {
  rig.configure(config().replace('UPSTREAM', 'http://127.0.0.1:9'));
  expect((await rig.ask()).status).toBe(200);
  expect(rig.calls()).toBe('b/m');
  expect(rig.state.health.records(0)).toEqual([]);
});
