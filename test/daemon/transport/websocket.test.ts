import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { socketCall } from '../../../src/daemon/engine/socket-call.js';
import { openWireBody } from '../../../src/daemon/engine/wire-body.js';
import { createDispatchers } from '../../../src/daemon/transport/dispatchers.js';
import { createHttpClient, type HttpReply, readBody, TransportError } from '../../../src/daemon/transport/http.js';
import { createSocketClient, type SocketClient, type SocketLimits } from '../../../src/daemon/transport/websocket.js';
import { startHttpProxy, startSocksProxy } from '../../support/proxies.js';
import { type SocketUpstream, startSocketUpstream } from '../../support/socket-upstream.js';
import { startStopwatch } from '../../support/stopwatch.js';

const MODEL = 'gpt-5.5';
let upstream: SocketUpstream;
let told: string[];
/** How far the clock was put forward. */
let at: number;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  upstream = await startSocketUpstream(MODEL);
  told = [];
  at = 0;
  ends.push(() => upstream.close());
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function client(limits: Partial<SocketLimits> = {}): SocketClient {
  const dispatchers = createDispatchers(() => undefined);
  const made = createSocketClient({
    http: createHttpClient(dispatchers),
    defaultProxy: () => undefined,
    now: () => Date.now() + at,
    onFallback: (id, reason) => told.push(`${id}: ${reason}`),
    limits,
  });
  ends.push(() => dispatchers.close());
  ends.push(() => made.close());
  return made;
}

interface Wanted {
  readonly input?: unknown;
  readonly session?: string;
  readonly credential?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly members?: object;
  readonly signal?: AbortSignal;
  readonly proxyUrl?: string;
  readonly idleTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
}

/** A call as the engine makes it. */
function call({ input = 'hello', session = 's', credential = 'c', key = 'up-key', ...more }: Wanted = {}) {
  const { headers: extra = {}, members = {}, ...rest } = more;
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${key}`,
    accept: 'text/event-stream',
    ...extra,
  };
  const text = JSON.stringify({ model: MODEL, store: false, stream: true, ...members, input });
  const body = openWireBody(Buffer.from(text));
  const socket = socketCall({
    url: `${upstream.url.replace('http', 'ws')}/responses`,
    headers,
    body,
    sessionKey: session,
  });
  return {
    url: `${upstream.url}/responses`,
    headers,
    body: Buffer.from(text),
    credentialId: credential,
    socket,
    ...rest,
  };
}

const text = async ({ body }: HttpReply): Promise<string> => (await readBody(body, 1e8)).bytes.toString('utf8');
const failure = async (promise: Promise<unknown>): Promise<TransportError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TransportError)) throw new Error(`expected a TransportError, got ${String(error)}`);
  return error;
};
const user = (content: string) => ({ role: 'user', content });
const outputOf = (answer: string): unknown[] => {
  const last = answer.split('\n').findLast((line) => line.startsWith('data: ')) ?? '';
  return (JSON.parse(last.slice(6)) as { response: { output: unknown[] } }).response.output;
};
const inputs = () => upstream.frames.map(({ socket, frame }) => [socket, (frame['input'] as unknown[]).length]);

describe('an answer', () => {
  test('looks like one over HTTP, event names included', async () => {
    const sockets = client();
    const reply = await sockets.send(call());
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/event-stream']);
    const shape = (answer: string) => answer.split('\n').map((line) => (/^data: /.test(line) ? 'data' : line));
    const { socket: _socket, ...overHttp } = call();
    expect(shape(await text(reply))).toEqual(shape(await text(await sockets.send(overHttp))));
    expect(upstream.posts).toHaveLength(1);
    expect(upstream.upgrades[0]).toMatchObject({
      'openai-beta': 'responses_websockets=2026-02-06',
      'sec-websocket-extensions': expect.stringContaining('permessage-deflate'),
    });
  });

  test('with line ends inside of a frame stays one event', async () => {
    upstream.script({ frames: ['{\n "type": "response.completed",\r\n "response": {}\n}'] });
    expect(await text(await client().send(call()))).toBe(
      'event: response.completed\ndata: {  "type": "response.completed",   "response": {} }\n\n',
    );
  });

  test('keeps what the upgrade said, once', async () => {
    upstream.upgradeHeaders = { 'x-codex-primary-used-percent': '12' };
    const sockets = client();
    const first = await sockets.send(call());
    expect(first.headers['x-codex-primary-used-percent']).toBe('12');
    await text(first);
    const second = await sockets.send(call());
    expect(second.headers['x-codex-primary-used-percent']).toBeUndefined();
    await text(second);
  });

  test('that is slow to be taken pauses the upstream, and comes whole', async () => {
    const delta = JSON.stringify({ type: 'response.output_text.delta', delta: 'x'.repeat(256 * 1024) });
    const done = { type: 'response.completed', response: { id: 'r', output: [] } };
    await upstream.close();
    upstream = await startSocketUpstream(MODEL, { deflate: false });
    upstream.script({ frames: [...Array.from({ length: 200 }, () => delta), done] });
    const sockets = client();
    const { body } = await sockets.send(call());
    let received = 0;
    const ended = new Promise<void>((resolve, reject) => {
      body.consume({
        data: (chunk) => {
          received += chunk.length;
        },
        end: resolve,
        error: reject,
      });
    });
    body.pause();
    // Time enough for all of it, were it read.
    for (let turn = 0; turn < 30; turn++) await text(await sockets.send(call({ session: 'other' })));
    expect(received).toBeLessThan(4 * 1024 * 1024);
    expect(upstream.buffered()).toBeGreaterThan(20 * 1024 * 1024);
    body.resume();
    await ended;
    expect(received).toBeGreaterThan(50 * 1024 * 1024);
  });

  test('pings are answered', async () => {
    const sockets = client();
    await text(await sockets.send(call()));
    upstream.ping();
    await text(await sockets.send(call()));
    expect(upstream.pongs).toBe(1);
  });
});

describe('the next turn', () => {
  const turns = async (sockets: SocketClient, change: Wanted = {}): Promise<unknown[]> => {
    const output = outputOf(await text(await sockets.send(call({ input: [user('one')] }))));
    await text(await sockets.send(call({ input: [user('one'), ...output, user('two')], ...change })));
    return inputs();
  };

  test('of a conversation goes over the same socket, with nothing but what is new', async () => {
    expect(await turns(client())).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(upstream.frames[1]?.frame['previous_response_id']).toMatch(/^resp_/);
  });

  test('knows the answer again without ids, states and empty lists', async () => {
    const sockets = client();
    const output = outputOf(await text(await sockets.send(call({ input: [user('one')] }))));
    const [message] = output as { content: { text: string }[] }[];
    const said = { role: 'assistant', content: message?.content[0]?.text };
    await text(await sockets.send(call({ input: [user('one'), said, user('two')] })));
    expect(inputs()).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test.each([
    { what: 'other settings', change: { members: { instructions: 'Be brief.' } }, sent: [0, 3] },
    { what: 'another past', change: { input: [user('other'), user('two')] }, sent: [0, 2] },
    { what: 'a past cut short', change: { input: [user('one')] }, sent: [0, 1] },
    { what: 'another conversation', change: { session: 't' }, sent: [1, 3] },
    { what: 'another credential', change: { credential: 'd' }, sent: [1, 3] },
    { what: 'other words of who calls', change: { headers: { 'user-agent': 'other/1' } }, sent: [1, 3] },
  ])('with $what sends everything', async ({ change, sent }) => {
    expect((await turns(client(), change)).at(-1)).toEqual(sent);
    expect(upstream.frames[1]?.frame['previous_response_id']).toBeUndefined();
  });

  test('that describes only its own call in other words still continues', async () => {
    const change = { members: { client_metadata: { turn: '2' } }, headers: { 'x-codex-turn-metadata': '2' } };
    expect(await turns(client(), change)).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test('on a socket that has died is sent whole on a fresh one', async () => {
    const sockets = client();
    const output = outputOf(await text(await sockets.send(call({ input: [user('one')] }))));
    // Dies with the request already on it, so that nobody can know before.
    upstream.script({ frames: [], cut: true });
    const answer = await text(await sockets.send(call({ input: [user('one'), ...output, user('two')] })));
    expect(answer).toContain('response.completed');
    expect(inputs()).toEqual([
      [0, 1],
      [0, 1],
      [1, 3],
    ]);
    expect(told).toEqual([]);
  });

  test.each(['websocket_connection_limit_reached', 'previous_response_not_found'])(
    'refused with %s is sent whole on a fresh socket',
    async (code) => {
      const sockets = client();
      const output = outputOf(await text(await sockets.send(call({ input: [user('one')] }))));
      upstream.script({ frames: [{ type: 'error', status: 400, error: { code, message: 'x' } }] });
      const reply = await sockets.send(call({ input: [user('one'), ...output, user('two')] }));
      expect([reply.status, await text(reply)]).toEqual([200, expect.stringContaining('response.completed')]);
      expect(inputs().at(-1)).toEqual([1, 3]);
    },
  );

  test('55 minutes later takes a fresh socket', async () => {
    const sockets = client();
    await text(await sockets.send(call()));
    at += 55 * 60_000;
    await text(await sockets.send(call()));
    expect(upstream.upgrades).toHaveLength(2);
  });

  test('while the first still runs takes a second socket', async () => {
    const sockets = client();
    upstream.script({ after: 6, stall: true });
    const first = await sockets.send(call());
    await text(await sockets.send(call()));
    first.body.abort();
    expect(inputs().map(([socket]) => socket)).toEqual([0, 1]);
  });
});

describe('a side question', () => {
  test('asked while an answer runs does not cost the conversation what its socket knows', async () => {
    const sockets = client();
    const side = () => call({ input: [user('a title')], members: { instructions: 'Name it.' } });
    const [first] = await Promise.all([
      sockets.send(call({ input: [user('one')] })).then(text),
      sockets.send(side()).then(text),
    ]);
    await text(await sockets.send(call({ input: [user('one'), ...outputOf(first), user('two')] })));
    expect(upstream.upgrades).toHaveLength(2);
    expect(upstream.frames.at(-1)?.frame['previous_response_id']).toMatch(/^resp_/);
  });
});

describe('free sockets', () => {
  test('are closed when nobody has come for a while', async () => {
    await text(await client({ idleMs: 10 }).send(call()));
    await upstream.idle();
  });

  test('are bounded in number, the oldest go first', async () => {
    const sockets = client({ total: 2 });
    for (const session of ['a', 'b', 'c']) await text(await sockets.send(call({ session })));
    await text(await sockets.send(call({ session: 'b' })));
    await text(await sockets.send(call({ session: 'a' })));
    expect(inputs().map(([socket]) => socket)).toEqual([0, 1, 2, 1, 3]);
  });

  test('of a credential that is gone are closed, and those still at work afterwards', async () => {
    const sockets = client();
    await text(await sockets.send(call()));
    const running = await sockets.send(call({ session: 'other' }));
    sockets.keepOnly(new Set(['d']));
    await text(running);
    await upstream.idle();
  });

  test('that say something out of turn are not used again', async () => {
    const sockets = client();
    await text(await sockets.send(call()));
    upstream.send({ type: 'codex.rate_limits' });
    upstream.send({ type: 'response.output_text.delta', delta: 'late' });
    await upstream.idle();
    expect(await text(await sockets.send(call()))).not.toContain('late');
  });
});

describe('the state of a turn', () => {
  const output = { type: 'function_call_output', call_id: 'call_1', output: '4' };
  const asked = [user('sum'), { type: 'function_call', call_id: 'call_1', name: 'add', arguments: '{}' }, output];

  test.each([
    { what: 'is replayed where the turn goes on', input: asked, state: 'state-1' },
    { what: 'is forgotten with the next turn', input: [...asked, user('next')], state: undefined },
  ])('$what on a fresh socket', async ({ input, state }) => {
    upstream.upgradeHeaders = { 'x-codex-turn-state': 'state-1' };
    const sockets = client();
    await text(await sockets.send(call({ input: [user('sum')] })));
    upstream.drop();
    await upstream.idle();
    await text(await sockets.send(call({ input })));
    expect(upstream.upgrades[1]?.['x-codex-turn-state']).toBe(state);
  });
});

describe('a refused upgrade', () => {
  test.each([404, 426, 400, 403, 500, 503])('with %d falls back to HTTP, once and quietly', async (status) => {
    upstream.script({ upgrade: status });
    const sockets = client();
    for (let turn = 0; turn < 3; turn++) expect(await text(await sockets.send(call()))).toContain('response.completed');
    expect([upstream.upgrades.length, upstream.posts.length]).toEqual([1, 3]);
    expect(told).toEqual([`c: the upgrade was answered with ${status}`]);
  });

  test('is tried again after a while, and not spoken of again until it has worked', async () => {
    upstream.script({ upgrade: 426 }, { upgrade: 426 });
    const sockets = client();
    for (let turn = 0; turn < 3; turn++) {
      await text(await sockets.send(call()));
      at += 11 * 60_000;
    }
    expect([upstream.upgrades.length, upstream.posts.length, told.length]).toEqual([3, 2, 1]);
  });

  test('of one credential says nothing of another', async () => {
    upstream.script({ upgrade: 404 });
    const sockets = client();
    await text(await sockets.send(call()));
    await text(await sockets.send(call({ credential: 'd' })));
    expect([upstream.upgrades.length, upstream.posts.length]).toEqual([2, 1]);
  });

  test.each(['cut', 'hang'] as const)('that is %s falls back to HTTP', async (upgrade) => {
    upstream.script({ upgrade });
    expect(await text(await client({ handshakeMs: 50 }).send(call()))).toContain('response.completed');
    expect(told).toHaveLength(1);
  });

  test.each([401, 429])('with %d is the answer: HTTP would say the same', async (status) => {
    upstream.script({ upgrade: status, headers: { 'retry-after': '7' }, body: '{"error":{"code":"x"}}' });
    const reply = await client().send(call());
    expect([reply.status, reply.headers['retry-after'], await text(reply)]).toEqual([
      status,
      '7',
      '{"error":{"code":"x"}}',
    ]);
    expect([upstream.posts.length, told]).toEqual([0, []]);
  });
});

describe('an error frame', () => {
  const limit = { type: 'usage_limit_reached', message: 'enough', resets_at: 1_790_001_234 };

  test.each([
    { what: 'with a status', frame: { status: 429, error: limit } },
    { what: 'with the other name of a status', frame: { status_code: 429, error: limit } },
    { what: 'with the error in a body', frame: { status: 429, body: { error: limit } } },
  ])('$what before any output is an HTTP answer', async ({ frame }) => {
    const headers = { 'Retry-After': 30, 'x-codex-primary-used-percent': '100' };
    upstream.script({
      frames: [
        { type: 'response.created', response: {} },
        { type: 'error', ...frame, headers },
      ],
    });
    const reply = await client().send(call());
    expect(reply).toMatchObject({
      status: 429,
      headers: { 'retry-after': '30', 'x-codex-primary-used-percent': '100', 'content-type': 'application/json' },
    });
    expect(JSON.parse(await text(reply))).toEqual({ error: limit });
    await upstream.idle();
  });

  test('without a status is left to the stream', async () => {
    upstream.script({ frames: [{ type: 'error', error: { code: 'server_is_overloaded' } }] });
    const reply = await client().send(call());
    expect([reply.status, await text(reply)]).toEqual([200, expect.stringMatching(/^event: error\ndata: \{/)]);
  });

  test('after output stays in the stream', async () => {
    const delta = { type: 'response.output_text.delta', delta: 'x' };
    upstream.script({ frames: [delta, { type: 'error', status: 500, error: {} }] });
    const reply = await client().send(call());
    expect([reply.status, await text(reply)]).toEqual([200, expect.stringContaining('event: error')]);
  });
});

describe('a connection that ends', () => {
  test.each([1000, 1001, 1011])('with %d before the answer is a connection failure', async (close) => {
    upstream.script({ frames: [], close });
    expect(await failure(client().send(call()))).toMatchObject({ kind: 'network', code: `WS_CLOSE_${close}` });
    expect(upstream.posts).toHaveLength(0);
  });

  test.each([
    { how: { close: 1000 }, code: 'WS_CLOSE_1000' },
    { how: { cut: true } as const, code: 'WS_CLOSE_1006' },
  ])('within the answer fails it with $code', async ({ how, code }) => {
    upstream.script({ after: 8, ...how });
    const reply = await client().send(call());
    expect(await failure(text(reply))).toMatchObject({ kind: 'network', code });
  });

  test('because the request is too large is that answer', async () => {
    upstream.script({ frames: [], close: 1009 });
    const reply = await client().send(call());
    expect([reply.status, await text(reply)]).toEqual([413, expect.stringContaining('message_too_big')]);
    expect(upstream.posts).toHaveLength(0);
  });

  test('five times in a row makes HTTP take over', async () => {
    upstream.script(...Array.from({ length: 5 }, () => ({ frames: [], close: 1011 })));
    const sockets = client();
    for (let turn = 0; turn < 5; turn++) await failure(sockets.send(call()));
    expect(await text(await sockets.send(call()))).toContain('response.completed');
    expect([upstream.posts.length, told.length]).toEqual([1, 1]);
  });

  test.each([
    { what: 'a binary frame', frames: [Buffer.from('{}')], limits: {}, code: 'ERR_WS_BINARY' },
    {
      what: 'a frame beyond the limit',
      frames: ['x'.repeat(2000)],
      limits: { maxFrameBytes: 1000 },
      code: 'WS_CLOSE_1006',
    },
  ])('by our hand for $what is a failure', async ({ frames, limits, code }) => {
    upstream.script({ frames });
    expect(await failure(client(limits).send(call()))).toMatchObject({ kind: 'network', code });
    await upstream.idle();
  });
});

describe('time', () => {
  test('to the first frame has a limit', async () => {
    upstream.script({ frames: [] });
    const sockets = client();
    expect(await failure(sockets.send(call({ headersTimeoutMs: 20 })))).toMatchObject({
      kind: 'timeout',
      code: 'WS_FIRST_FRAME_TIMEOUT',
    });
  });

  test('between frames has a limit', async () => {
    upstream.script({ after: 8, stall: true });
    const reply = await client().send(call({ idleTimeoutMs: 20 }));
    expect(await failure(text(reply))).toMatchObject({ kind: 'timeout', code: 'WS_IDLE_TIMEOUT' });
    await upstream.idle();
  });
});

describe('a client that goes', () => {
  test.each([
    { when: 'before the handshake', script: { upgrade: 'hang' } as const },
    { when: 'before the first event', script: { frames: [] } },
    { when: 'within the answer', script: { after: 8, stall: true } as const },
  ])('$when closes the upstream within 100 ms', async ({ script }) => {
    upstream.script(script);
    const gone = new AbortController();
    const sending = client().send(call({ signal: gone.signal }));
    const answer = sending.then((reply) => text(reply));
    const failed = failure(answer);
    if ('upgrade' in script) while (upstream.upgrades.length === 0) await new Promise(setImmediate);
    else await upstream.waitForFrame(1);
    if ('after' in script) await sending;
    const stop = startStopwatch();
    gone.abort();
    expect(await failed).toMatchObject({ kind: 'aborted' });
    await upstream.idle();
    expect(stop()).toBeLessThan(100);
    expect(told).toEqual([]);
  });

  test('by dropping the body closes the upstream, and hears no more', async () => {
    upstream.script({ after: 8, stall: true });
    const { body } = await client().send(call());
    const heard: string[] = [];
    body.consume({ data: () => heard.push('data'), end: () => heard.push('end'), error: () => heard.push('error') });
    heard.length = 0;
    body.abort();
    await upstream.idle();
    expect(heard).toEqual([]);
  });
});

test('whatever sockets do under many conversations at once, every call ends, and the next ones are served', async () => {
  const faults = [
    { after: 3, cut: true },
    { frames: [], close: 1001 },
    { upgrade: 'cut' },
    { after: 9, close: 1011 },
    { frames: [{ type: 'error', status: 503, error: { code: 'server_is_overloaded' } }] },
    { frames: [Buffer.from('x')] },
    { upgrade: 502 },
    { frames: ['not json'], close: 1000 },
  ] as const;
  upstream.script(...Array.from({ length: 80 }, (_, index) => faults[index % faults.length] ?? faults[0]));
  const sockets = client();
  const one = async (index: number): Promise<string> => {
    const wanted = { session: `s${index % 12}`, credential: `c${index % 40}`, input: [user(`turn ${index}`)] };
    return sockets
      .send(call(wanted))
      .then(text)
      .catch((error: unknown) => (error instanceof TransportError ? error.kind : Promise.reject(error)));
  };
  for (let round = 0; round < 6; round++) {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => one(index)));
    for (const answer of answers)
      expect(answer).toMatch(/^network$|response\.completed|server_is_overloaded|^event|^data/);
  }
  upstream.calm();
  const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => one(index)));
  expect(answers.filter((answer) => answer.includes('response.completed'))).toHaveLength(40);
});

describe('a proxy', () => {
  test.each([
    { scheme: 'http', start: startHttpProxy },
    { scheme: 'socks5', start: startSocksProxy },
  ])('of kind $scheme carries the socket', async ({ start }) => {
    const proxy = await start();
    ends.push(() => proxy.close());
    expect(await text(await client().send(call({ proxyUrl: proxy.url })))).toContain('response.completed');
    expect(proxy.targets).toEqual([new URL(upstream.url).host]);
    expect(upstream.frames).toHaveLength(1);
  });

  test('called direct is none', async () => {
    await text(await client().send(call({ proxyUrl: 'direct' })));
    expect(upstream.frames).toHaveLength(1);
  });
});
