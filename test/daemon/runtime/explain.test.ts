import { describe, expect, test } from 'vitest';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { openPoolState } from '../../../src/daemon/pool/state.js';
import { ACCOUNT_PROVIDERS } from '../../../src/daemon/providers/registry.js';
import { openAccountCompiler } from '../../../src/daemon/runtime/accounts.js';
import { compileSnapshot } from '../../../src/daemon/runtime/compile.js';
import { explainRoute } from '../../../src/daemon/runtime/explain.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';

const NOW = 1_000_000;
const MINUTE = 60_000;

function explainerOf(yaml: string) {
  const loaded = requireConfig(parseConfig(yaml, { path: 'config.yaml' }));
  const state = openPoolState();
  let at = NOW;
  const clock = { now: () => at, sleep: () => Promise.resolve() };
  const snapshot = compileSnapshot(loaded, { catalog: openCatalog(), state, clock, random: () => 0 });
  const idOf = (label: string): string => {
    const found = snapshot.credentials.find(({ providerName }) => providerName === label);
    if (found === undefined) throw new Error(`no credential ${label}`);
    return found.id;
  };
  return {
    state,
    snapshot,
    idOf,
    advance(ms: number) {
      at += ms;
    },
    explain: (model: string, sessionKey?: string) => explainRoute(snapshot, { model, sessionKey }, at),
  };
}

const entry = (name: string, models: string, more = ''): string =>
  `\n  - { name: ${name}, base-url: "http://127.0.0.1:9", models: [${models}]${more === '' ? '' : `, ${more}`} }`;
const config = (...entries: string[]): string => `openai-compatibility:${entries.join('')}`;

describe('the way from name to target', () => {
  const { explain } = explainerOf(
    `quota-exceeded: { fallback-models: { gone: fast } }\nclaude-api-key: [{ api-key: k }]\n${config(
      entry('acme', '{ name: up-1, alias: fast }', 'prefix: team'),
    )}`,
  );
  test.each([
    { asked: 'fast(high)', steps: ['suffix fast(high) fast', 'alias fast up-1'] },
    { asked: 'team/fast', steps: ['prefix team/fast fast', 'alias fast up-1'] },
    { asked: 'claude-sonnet-4-5', steps: ['short-name claude-sonnet-4-5 claude-sonnet-4-5-20250929'] },
    { asked: 'gone', steps: ['fallback gone fast', 'alias fast up-1'] },
    { asked: 'up-1', steps: [] },
  ])('of $asked', ({ asked, steps }) => {
    expect(explain(asked).steps.map(({ step, from, to }) => `${step} ${from} ${to}`)).toEqual(steps);
  });

  test('of auto', () => {
    const [first] = explain('auto').steps;
    expect(first).toMatchObject({ step: 'auto', from: 'auto' });
    expect(explain('auto').chain[0]?.name).toBe(first?.to);
  });

  test('of a name that nobody serves', () => {
    expect(explain('nothing')).toEqual({
      model: 'nothing',
      steps: [],
      served: false,
      chain: [],
      leftOut: [],
    });
  });
});

test('a client key that is none is not served', () => {
  const snapshotExplain = explainerOf(`api-keys: [sk-client-key-one]\n${config(entry('acme', '{ name: m }'))}`);
  const explain = (clientKey: string) => explainRoute(snapshotExplain.snapshot, { model: 'm', clientKey }, NOW);
  const [id = ''] = snapshotExplain.snapshot.access.keys.values();
  expect(explain(id)).toMatchObject({ served: true, client: { key: id, mayCall: true } });
  expect(explain('00000000')).toMatchObject({ served: false, client: { key: '00000000', mayCall: false } });
});

test('a candidate that is full is told so', () => {
  const { snapshot, explain } = explainerOf(config(entry('acme', '{ name: m }', 'max-concurrent: 1')));
  const { route } = snapshot.plan.resolve('m');
  const lease = route && snapshot.plan.pool.acquire(route, { tried: new Set(), round: 0 });
  expect(explain('m')).toMatchObject({
    served: false,
    chain: [{ candidates: [{ serves: false, why: 'busy with 1 requests, as many as it may have' }] }],
  });
  lease?.released();
  expect(explain('m')).toMatchObject({ served: true });
});

describe('the candidates', () => {
  const open = () => explainerOf(config(entry('high', '{ name: m }', 'priority: 5'), entry('low', '{ name: m }')));

  test('in the order in which they would be tried', () => {
    const { explain, idOf } = open();
    const [link] = explain('m').chain;
    expect(link?.attempts.map(({ credential }) => credential)).toEqual([idOf('high'), idOf('low')]);
    expect(link?.candidates.map(({ why }) => why)).toEqual(['ready', 'ready, if those of higher priority fail']);
  });

  test('with what keeps one from serving, and until when', () => {
    const { explain, idOf, state, advance } = open();
    state.health.cool(idOf('high'), undefined, { reason: 'auth', status: 401, ms: 30 * MINUTE }, NOW);
    advance(MINUTE);
    const before = explain('m').chain[0];
    expect(before?.candidates[0]).toMatchObject({
      serves: false,
      why: 'rests after auth (401) for 1740 s, tried again in 240 s',
      ailment: { state: 'cooling', until: NOW + 30 * MINUTE, probeAt: NOW + 5 * MINUTE },
    });
    expect(before?.attempts.map(({ credential }) => credential)).toEqual([idOf('low')]);

    advance(4 * MINUTE);
    const open5 = explain('m').chain[0];
    expect(open5?.candidates[0]).toMatchObject({ serves: true, ailment: { state: 'half-open' } });
    expect(open5?.attempts[0]?.credential).toBe(idOf('high'));
  });

  test('with all at rest a request would be refused', () => {
    const { explain, idOf, state } = open();
    for (const name of ['high', 'low']) state.health.cool(idOf(name), 'm', { reason: 'server', ms: MINUTE }, NOW);
    expect(explain('m')).toMatchObject({ served: false, chain: [{ attempts: [] }] });
  });

  test('a bound session goes to its credential, whatever the priority', () => {
    const { explain, idOf, state } = open();
    state.sessions(3_600_000).bind({ id: 's' }, 'mixed m', idOf('low'));
    const bound = explain('m', 's');
    expect(bound.boundTo).toBe(idOf('low'));
    expect(bound.chain[0]?.attempts[0]?.credential).toBe(idOf('low'));
    expect(explain('m').boundTo).toBeUndefined();
  });

  test('asking changes nothing', () => {
    const { explain, snapshot } = explainerOf(config(entry('a', '{ name: m }'), entry('b', '{ name: m }')));
    const route = snapshot.plan.resolve('m').route;
    if (route === undefined) throw new Error('no route');
    for (let turn = 0; turn < 4; turn++) {
      const told = explain('m').chain[0]?.attempts[0]?.credential;
      expect(explain('m').chain[0]?.attempts[0]?.credential).toBe(told);
      const lease = snapshot.plan.pool.acquire(route, { tried: new Set(), round: 0 });
      expect(lease?.credential.id).toBe(told);
    }
  });

  test('that are switched off, or answer to their prefix only, are named', () => {
    const { explain, idOf } = explainerOf(
      `force-model-prefix: true\n${config(
        entry('off', '{ name: m }', 'disabled: true'),
        entry('team', '{ name: m }', 'prefix: t'),
        entry('on', '{ name: m }'),
      )}`,
    );
    expect(explain('m').leftOut.map(({ credential, why }) => [credential, why])).toEqual([
      [idOf('off'), 'disabled'],
      [idOf('team'), 'answers to t/m only'],
    ]);
  });
});

test('fallbacks follow the model itself', () => {
  const { explain } = explainerOf(
    `quota-exceeded: { fallback-models: { m: n, n: o } }\n${config(entry('a', '{ name: m }, { name: n }, { name: o }'))}`,
  );
  expect(explain('m').chain.map(({ name }) => name)).toEqual(['m', 'n', 'o']);
});

test('weighted turns are told as they will be taken', () => {
  const { explain, snapshot } = explainerOf(
    `routing: { strategy: weighted-round-robin }\nopenai-compatibility:\n  - name: a\n    base-url: http://127.0.0.1:9\n    models: [{ name: m }]\n    api-key-entries: [{ api-key: k1, weight: 3 }, { api-key: k2 }, { api-key: k3, weight: 0 }]\n`,
  );
  const route = snapshot.plan.resolve('m').route;
  if (route === undefined) throw new Error('no route');
  for (let turn = 0; turn < 8; turn++) {
    const [link] = explain('m').chain;
    expect(link?.attempts).toHaveLength(2);
    expect(snapshot.plan.pool.acquire(route, { tried: new Set(), round: 0 })?.credential.id).toBe(
      link?.attempts[0]?.credential,
    );
  }
  expect(explain('m').chain[0]?.candidates.map(({ why }) => why)).toContain('has weight 0');
});

describe('what keeps a healthy credential from serving', () => {
  test('a threshold of its owner that is reached, and until when', () => {
    const { explain, snapshot, idOf } = explainerOf(
      'quota-exceeded: { claude-quota-threshold: { claude-opus-*: 80 } }\nclaude-api-key: [{ api-key: k }]',
    );
    snapshot.plan.quota?.note(idOf('claude'), {
      windows: [{ id: 'five_hour', title: '5 hours', usedPercent: 83, resetsAt: NOW + 10 * MINUTE }],
      source: 'response-headers',
      at: NOW,
    });
    const opus = explain('claude-opus-4-5-20251101');
    expect(opus).toMatchObject({ served: false, chain: [{ attempts: [], candidates: [{ serves: false }] }] });
    expect(opus.chain[0]?.candidates[0]?.why).toMatch(/83 % of its 5-hour limit.*80 %.*free in 600 s/);
    expect(explain('claude-sonnet-4-5')).toMatchObject({ served: true, chain: [{ candidates: [{ why: 'ready' }] }] });
  });

  test('a login that serves the own program of its vendor only', () => {
    const loaded = requireConfig(parseConfig('api-keys: [sk-client-key]', { path: 'config.yaml' }));
    const state = openPoolState();
    const clock = { now: () => NOW, sleep: () => Promise.resolve() };
    const file = { name: 'claude-ann.json', revision: '1', fields: { type: 'claude', access_token: 'sk-ant-oat01-x' } };
    const accounts = openAccountCompiler({
      catalog: openCatalog(),
      providers: ACCOUNT_PROVIDERS,
      http: { send: () => Promise.reject(new Error('nothing is sent')) },
      clock,
      renew: () => Promise.resolve(),
    }).compile(loaded.config, [file]);
    const parts = { catalog: openCatalog(), state, clock, random: () => 0 };
    const snapshot = compileSnapshot(loaded, parts, { accounts });
    const { chain } = explainRoute(snapshot, { model: 'claude-sonnet-4-5' }, NOW);
    expect(chain[0]?.candidates[0]).toMatchObject({ serves: true, why: expect.stringMatching(/not for every client/) });
  });
});
