import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { ACCOUNT_PROVIDERS } from '../../../src/daemon/providers/registry.js';
import { openAccountCompiler } from '../../../src/daemon/runtime/accounts.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { type ConductRig, openConductRig } from '../../support/conduct.js';
import { errorReply, type ScriptedReply } from '../../support/upstream.js';

// The test vectors of the routing rules, by their numbers. 6, the renewal of a token, stands with what renews tokens.

const MINUTE = 60_000;
let rig: ConductRig;
beforeAll(async () => {
  rig = await openConductRig(['m', 'u1', 'u2', 'u3', 'm1']);
});
afterAll(() => rig.close());
afterEach(() => rig.upstream.reset());

const entry = (key: string, more = '', models = '{ name: m }'): string => `
  - { name: of-${key}, base-url: UPSTREAM, api-key-entries: [{ api-key: ${key} }], models: [${models}]${more} }`;
const configure = (settings: string, ...entries: string[]) =>
  rig.configure(`${settings}\nopenai-compatibility:${entries.join('')}`);
const rateLimit = (retryAfter?: number): ScriptedReply => ({
  status: 429,
  headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  body: { error: { message: 'slow down', type: 'requests', code: 'rate_limit_exceeded' } },
});
const ask = async (times: number, options: Parameters<ConductRig['ask']>[0] = {}): Promise<string> => {
  rig.upstream.reset();
  for (let turn = 0; turn < times; turn++) await rig.ask(options);
  return rig.calls();
};

test('1: the highest priority serves; while it rests the others take turns; then it is back', async () => {
  // Without a session: as these requests begin alike, they would else be taken for one conversation.
  configure('routing: { session-affinity: false }', entry('A', ', priority: 10'), entry('B'), entry('C'));
  expect(await ask(3)).toBe('A/m A/m A/m');
  rig.upstream.script(rateLimit(60));
  await rig.ask();
  const turns = (await ask(4)).split(' ');
  expect(turns.toSorted()).toEqual(['B/m', 'B/m', 'C/m', 'C/m']);
  expect(turns[0]).not.toBe(turns[1]);
  rig.clock.advance(MINUTE);
  expect(await ask(1)).toBe('A/m');
});

/** What a credential file comes to. */
function accountOf(fields: JsonObject, settings = '') {
  const { config } = requireConfig(parseConfig(settings, { path: 'config.yaml' }));
  const compiler = openAccountCompiler({
    providers: ACCOUNT_PROVIDERS,
    catalog: openCatalog(),
    http: { send: () => Promise.reject(new Error('nothing is asked for here')) },
    clock: rig.clock,
    renew: () => Promise.resolve(),
  });
  const file = { type: 'claude', access_token: 't', refresh_token: 'r', email: 'ann@example.com', ...fields };
  return compiler.compile(config, [{ name: 'claude-ann.json', revision: '1', fields: file }]).credentials[0];
}

test.each([
  [0, 0],
  ['5', 5],
  [-1, -1],
  ['high', 10],
  [undefined, 10],
])('2: the priority %j of a file beats that of its provider, where it is one', (priority, expected) => {
  const fields = priority === undefined ? {} : { priority };
  expect(accountOf(fields, 'oauth-provider-priority: { claude: 10 }')?.priority).toBe(expected);
});

test.each([
  [undefined, 10],
  [3, 3],
  [0, undefined],
])('a login whose file says max_concurrent %j takes %j requests at a time', (max_concurrent, expected) => {
  expect(accountOf(max_concurrent === undefined ? {} : { max_concurrent })?.maxConcurrent).toBe(expected);
});

test('3: a 429 without a hint rests 1, 2, 4, 8 s, and ten at once are one step', async () => {
  configure('', entry('A'));
  const rests: number[] = [];
  for (let window = 0; window < 4; window++) {
    const parallel = window === 0 ? 10 : 1;
    rig.upstream.script(Array(parallel).fill(rateLimit()));
    await Promise.all(Array.from({ length: parallel }, () => rig.ask()));
    const [record] = rig.state.health.records(rig.clock.now());
    const rest = (record?.until ?? 0) - rig.clock.now();
    rests.push(rest);
    rig.clock.advance(rest);
  }
  expect(rests).toEqual([1000, 2000, 4000, 8000]);
});

test('4: a context that is too long is asked once and changes nothing', async () => {
  configure('', entry('A'), entry('B'));
  rig.upstream.script(errorReply('openai-chat', 'context-length'));
  expect((await rig.ask()).status).toBe(400);
  expect(rig.upstream.requests).toHaveLength(1);
  expect(rig.state.health.records(0)).toEqual([]);
});

test('5: a model that the plan lacks rests 12 h on that credential, for that model only', async () => {
  const both = '{ name: m }, { name: m1 }';
  configure('', entry('A', ', priority: 1', both), entry('B', '', both));
  rig.upstream.script({
    status: 400,
    body: {
      error: {
        message: 'The requested model is not supported.',
        type: 'invalid_request_error',
        code: 'model_not_supported',
      },
    },
  });
  expect((await rig.ask()).status).toBe(200);
  expect(rig.calls()).toBe('A/m B/m');
  const [record] = rig.state.health.records(rig.clock.now());
  expect(record).toMatchObject({ modelId: 'm', until: rig.clock.now() + 12 * 60 * MINUTE });
  expect(await ask(1, { model: 'm1' })).toBe('A/m1');
});

test('7: a forced prefix keeps plain requests away, and is taken off before the upstream', async () => {
  configure('force-model-prefix: true', entry('A', ', prefix: t', '{ name: m1 }'), entry('B', '', '{ name: m1 }'));
  expect(await ask(2, { model: 'm1' })).toBe('B/m1 B/m1');
  expect(await ask(2, { model: 't/m1' })).toBe('A/m1 A/m1');
});

test('8: a pool starts at the next model each time and goes on inside a request', async () => {
  configure('', entry('A', '', '{ name: u1, alias: x }, { name: u2, alias: x }, { name: u3, alias: x }'));
  expect(await ask(1, { model: 'x' })).toBe('A/u1');
  rig.upstream.reset();
  rig.upstream.script(errorReply('openai-chat', 'server'));
  expect((await rig.ask({ model: 'x' })).status).toBe(200);
  expect(rig.calls()).toBe('A/u2 A/u3');
});

test('9: without permission to wait there is no second round', async () => {
  configure('max-retry-interval: 0\nrequest-retry: 1\ntransient-error-cooldown-seconds: 5', entry('A'));
  rig.upstream.script(errorReply('openai-chat', 'overloaded'));
  expect((await rig.ask()).status).toBe(503);
  expect(rig.calls()).toBe('A/m');
});

test('10: a session stays with its credential when a better one recovers; a new one goes there', async () => {
  configure('', entry('A', ', priority: 10'), entry('B'));
  rig.upstream.script(rateLimit(5));
  await rig.ask({ session: 'old' });
  rig.clock.advance(6000);
  expect(await ask(2, { session: 'old' })).toBe('B/m B/m');
  expect(await ask(1, { session: 'new' })).toBe('A/m');
});
