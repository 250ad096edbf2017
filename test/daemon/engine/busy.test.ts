import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ConductRig, openConductRig } from '../../support/conduct.js';
import { streamThenEnd } from '../../support/upstream.js';

let rig: ConductRig;
beforeAll(async () => {
  rig = await openConductRig(['m']);
});
afterAll(() => rig.close());
afterEach(() => {
  rig.upstream.reset();
  rig.clock.onSleep = undefined;
  rig.clock.slept.length = 0;
});

const entry = (key: string, more = ''): string =>
  `\n  - { name: of-${key}, base-url: UPSTREAM, max-concurrent: 1, api-key-entries: [{ api-key: ${key} }], models: [{ name: m }]${more} }`;
const configure = (...entries: string[]) => rig.configure(`openai-compatibility:${entries.join('')}`);

/** A request under way, until `finish`. */
async function running() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  rig.upstream.script({
    stream: [{ waitFor: opened }, ...(streamThenEnd('openai-chat', 'done').stream ?? []), 'data: [DONE]\n\n'],
  });
  const asked = rig.ask({ stream: true });
  await rig.upstream.waitForRequest(rig.upstream.requests.length + 1);
  return {
    async finish() {
      open();
      await asked;
    },
  };
}

/** A sleep that lasts until its signal aborts: patience that does not run out. */
const patient = (): void => {
  rig.clock.sleep = (_ms, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
};

test('goes to the next credential while the best is full', async () => {
  configure(entry('a', ', priority: 1'), entry('b'));
  const first = await running();
  expect((await rig.ask()).status).toBe(200);
  expect(rig.calls()).toBe('a/m b/m');
  await first.finish();
});

test('is told at last that all are busy, with a time to come back at', async () => {
  configure(entry('a'));
  const first = await running();
  const seen = await rig.ask({ id: 'req-busy' });
  expect(seen.failure).toMatchObject({ status: 429, code: 'credentials_busy', retryAfterMs: 2000 });
  expect(seen.text).toContain('busy with 1 requests, as many as it may have');
  expect(rig.clock.slept).toEqual([10_000]);
  expect(rig.traces.find('req-busy')).toMatchObject({
    waits: [{ for: 'room', ms: 10_000 }],
    passedOver: [{ why: 'busy with 1 requests, as many as it may have' }],
    failure: { code: 'credentials_busy' },
  });
  expect(rig.calls()).toBe('a/m');
  await first.finish();
});

test('waits for room, and is served as soon as there is some', async () => {
  configure(entry('a'));
  const first = await running();
  const { sleep } = rig.clock;
  patient();
  const waiting = rig.ask();
  await first.finish();
  expect((await waiting).status).toBe(200);
  expect(rig.calls()).toBe('a/m a/m');
  rig.clock.sleep = sleep;
});

test('that is gone while it waits leaves its place to the next', async () => {
  configure(entry('a'));
  const first = await running();
  const { sleep } = rig.clock;
  patient();
  const gone = new AbortController();
  const left = rig.ask({ signal: gone.signal });
  const waiting = rig.ask();
  gone.abort();
  expect((await left).failure?.reason).toBe('aborted');
  await first.finish();
  expect((await waiting).status).toBe(200);
  rig.clock.sleep = sleep;
});

test('a request that was cut off by its client has made room', async () => {
  configure(entry('a'));
  const gone = new AbortController();
  rig.upstream.script({ stream: ['', 'stall'] });
  const cut = rig.ask({ stream: true, signal: gone.signal });
  await rig.upstream.waitForRequest(1);
  gone.abort();
  await cut;
  expect((await rig.ask()).status).toBe(200);
});
