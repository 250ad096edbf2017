import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { explainTrace, openRequestTraces, openTrace } from '../../../src/daemon/engine/trace.js';
import { requestExplanationSchema } from '../../../src/shared/contract/requests.js';
import { type AskOptions, type ConductRig, openConductRig } from '../../support/conduct.js';
import { errorReply, streamThenCut } from '../../support/upstream.js';

let rig: ConductRig;
beforeAll(async () => {
  rig = await openConductRig(['m']);
});
afterAll(() => rig.close());
afterEach(() => rig.upstream.reset());

const config = (more = '') => `${more}
openai-compatibility:
  - { name: one, base-url: UPSTREAM, priority: 1, api-key-entries: [{ api-key: sk-secret-a }], models: [{ name: m }] }
  - { name: two, base-url: UPSTREAM, api-key-entries: [{ api-key: sk-secret-b }], models: [{ name: m }] }
`;

let asked = 0;
async function explain(options: AskOptions = {}) {
  const id = `req-${++asked}`;
  await rig.ask({ id, ...options });
  const trace = rig.traces.find(id);
  if (trace === undefined) throw new Error('not traced');
  return requestExplanationSchema.parse(explainTrace(trace));
}

test('says who was tried, what came of it, who was passed over, and who answered', async () => {
  rig.configure(config());
  rig.upstream.script(errorReply('openai-chat', 'overloaded'));
  expect(await explain({ session: 's' })).toMatchObject({
    model: 'm',
    client: 'openai-chat',
    session: 'named',
    state: 'ok',
    tried: [
      {
        label: expect.stringContaining('one'),
        choice: 'turn',
        failure: { reason: 'overloaded', status: 503 },
        verdict: { blame: 'credential-model', next: 'next-credential', cooldownMs: 60_000 },
      },
      { label: expect.stringContaining('two'), choice: 'turn' },
    ],
    passedOver: [{ label: expect.stringContaining('one'), why: 'overloaded, free in 60 s' }],
  });
  expect((await explain({ session: 's' })).tried).toMatchObject([{ choice: 'session' }]);
});

test('says why nobody was left, and for how long it waited', async () => {
  rig.configure(config('request-retry: 1\nmax-retry-interval: 10'));
  const limit = { status: 429, headers: { 'retry-after': '4' }, body: {} };
  rig.upstream.script([limit, limit, limit, limit]);
  const { tried, waits, state, failure } = await explain();
  expect(tried.map(({ failure: each }) => each?.status)).toEqual([429, 429, 429, 429]);
  expect(waits).toEqual([{ for: 'cooldown', startedMs: expect.any(Number), ms: 4000 }]);
  expect({ state, status: failure?.status }).toEqual({ state: 'failed', status: 429 });
});

test('says that the answer broke off after it had begun', async () => {
  rig.configure(config());
  rig.upstream.script(streamThenCut('openai-chat', 'half an'));
  expect(await explain({ stream: true })).toMatchObject({
    state: 'failed',
    tried: [{ choice: 'turn' }],
    failure: { reason: 'network' },
  });
});

test('says that the client has left', async () => {
  rig.configure(config());
  expect(await explain({ signal: AbortSignal.abort() })).toMatchObject({ state: 'abandoned', tried: [] });
});

test('says that nobody serves the model', async () => {
  rig.configure(config());
  expect(await explain({ model: 'nothing' })).toMatchObject({
    state: 'failed',
    model: 'nothing',
    failure: { code: 'model_not_found' },
  });
});

test('keeps neither a body nor a secret, however much an upstream talks', async () => {
  rig.configure(config());
  const talk = { status: 500, body: { error: { message: 'x'.repeat(50_000), type: 'server_error' } } };
  rig.upstream.script([talk, talk]);
  const seen = JSON.stringify(await explain({ body: { messages: [{ role: 'user', content: 'my-question' }] } }));
  expect(seen).not.toContain('my-question');
  expect(seen).not.toContain('sk-secret');
  expect(seen.length).toBeLessThan(5000);
});

test('the newest requests are kept, and no more', () => {
  const traces = openRequestTraces(3);
  for (const id of ['1', '2', '3', '4']) {
    const request = {
      id,
      startedAt: 0,
      caller: { keyId: 'k' },
      dialect: { id: 'openai-chat' },
      model: 'm',
      stream: false,
    };
    traces.add(openTrace(request));
  }
  expect(['1', '2', '3', '4'].map((id) => traces.find(id)?.id)).toEqual([undefined, '2', '3', '4']);
});
