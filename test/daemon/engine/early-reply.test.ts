import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AskOptions, CLIENT_NAMES, type ConductRig, openConductRig } from '../../support/conduct.js';
import { errorReply, type ScriptedReply } from '../../support/upstream.js';

let rig: ConductRig;
beforeAll(async () => {
  rig = await openConductRig(['m']);
});
afterAll(() => rig.close());
afterEach(() => {
  rig.upstream.reset();
  rig.ended.length = 0;
});

const config = `
api-keys: [sk-test-client]
streaming: { keepalive-seconds: 5 }
nonstream-keepalive-interval: 5
openai-compatibility:
  - { name: one, base-url: UPSTREAM, priority: 1, api-key-entries: [{ api-key: a }], models: [{ name: m }] }
  - { name: two, base-url: UPSTREAM, api-key-entries: [{ api-key: b }], models: [{ name: m }] }
`;

/** Holds an answer back until told. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Time passes; what a tick resolves happens before this does. */
const silence = async (ms: number): Promise<void> => {
  rig.clock.advance(ms);
  rig.ticker.tick();
  await new Promise(setImmediate);
};

/** Asks, lets the upstream be silent for 12 s, and then answer as scripted. */
async function askWhileSilent(options: AskOptions, then: readonly ScriptedReply[] = []) {
  rig.configure(config);
  const { open, opened } = gate();
  rig.upstream.script([{ stream: [{ waitFor: opened }, 'reset'] }, ...then]);
  const seen: string[] = [];
  const asked = rig.ask({ ...options, onWrite: (text) => seen.push(text) > 0 });
  await rig.upstream.waitForRequest(1);
  for (const ms of [4000, 1000, 4000, 3000]) await silence(ms);
  const before = seen.join('');
  open();
  const reply = await asked;
  return { before, rest: reply.text.slice(before.length), status: reply.status };
}

const PINGS: Readonly<Record<string, string>> = {
  chat: ': keep-alive\n\n',
  responses: ': keep-alive\n\n',
  anthropic: 'event: ping\ndata: {"type":"ping"}\n\n',
  gemini: ': keep-alive\n\n',
};

describe.each(CLIENT_NAMES)('a %s client that streams', (client) => {
  test('gets pings of its dialect before the first byte, and failover goes on behind them', async () => {
    const { before, rest, status } = await askWhileSilent({ client, stream: true });
    expect({ status, before }).toEqual({ status: 200, before: PINGS[client]?.repeat(2) });
    expect(rest).toContain('Hello');
    expect(rig.calls()).toBe('a/m b/m');
    expect(rig.ticker.size).toBe(0);
    expect(rig.ended).toEqual(['ok']);
  });

  test('hears a failure after that as its dialect says it in a stream', async () => {
    const { rest } = await askWhileSilent({ client, stream: true }, [errorReply('openai-chat', 'forbidden')]);
    expect(rest).toMatch(/"(error|response\.failed)"/);
    expect(rest).toContain('not allowed to sample');
    expect(rig.ended).toEqual(['forbidden']);
    expect(rig.ticker.size).toBe(0);
  });
});

describe.each(CLIENT_NAMES)('a %s client that wants a whole answer', (client) => {
  test('gets white space before it', async () => {
    const { before, rest } = await askWhileSilent({ client });
    expect(before).toBe('\n\n');
    expect(JSON.stringify(JSON.parse(before + rest))).toContain('Hello');
  });

  test('hears a failure after that in the body', async () => {
    const { before, rest } = await askWhileSilent({ client }, [errorReply('openai-chat', 'forbidden')]);
    expect(JSON.stringify(JSON.parse(before + rest))).toContain('not allowed to sample');
    expect(rig.ended).toEqual(['forbidden']);
  });
});

test('what is answered within the interval is answered with its own status', async () => {
  rig.configure(config);
  rig.upstream.script([errorReply('openai-chat', 'server'), errorReply('openai-chat', 'forbidden')]);
  expect(await rig.ask({ stream: true })).toMatchObject({ status: 403 });
  expect(rig.ticker.size).toBe(0);
});

test('a client that is gone while it gets pings is no failure', async () => {
  rig.configure(config);
  const gone = new AbortController();
  rig.upstream.script({ stream: ['', 'stall'] });
  const asked = rig.ask({ stream: true, signal: gone.signal });
  await rig.upstream.waitForRequest(1);
  await silence(5000);
  gone.abort();
  await asked;
  expect(rig.ended).toEqual(['aborted']);
  expect(rig.state.health.records(0)).toEqual([]);
  expect(rig.calls()).toBe('a/m');
});

test('an early reply is told of in the trace', async () => {
  await askWhileSilent({ stream: true, id: 'req-early' });
  expect(rig.traces.find('req-early')).toMatchObject({ startedEarly: true });
});
