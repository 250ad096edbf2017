import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPoolState, type PoolState } from '../../../src/daemon/pool/state.js';
import { openPoolStore, type PoolStore } from '../../../src/daemon/runtime/pool-store.js';

const HOUR = 3_600_000;
let folder: string;
let path: string;
let problems: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-state-'));
  path = join(folder, 'state', 'routing.json');
  problems = [];
});
afterEach(() => rm(folder, { recursive: true }));

function open(): { readonly state: PoolState; readonly store: PoolStore } {
  const state = openPoolState();
  const store = openPoolStore({ path, state, now: Date.now, onProblem: (problem) => problems.push(problem) });
  return { state, store };
}

test('cooldowns, levels and bindings outlive the process', async () => {
  const before = open();
  before.state.health.cool('a', 'm', { reason: 'rate-limit', status: 429 }, Date.now() - 500);
  before.state.health.cool('b', undefined, { reason: 'billing', ms: HOUR }, Date.now());
  before.state.sessions(HOUR).bind({ id: 'session' }, 'm', 'b');
  await before.store.close();

  const { state, store } = open();
  expect(state.health.records(Date.now())).toEqual(before.state.health.records(Date.now()));
  expect(state.health.blocked('b', 'any', Date.now())).toMatchObject({ reason: 'billing' });
  expect(state.sessions(HOUR).get({ id: 'session' }, 'm')).toBe('b');
  await store.close();
  expect(problems).toEqual([]);
});

test('what is over is not taken back', async () => {
  const { state, store } = open();
  state.health.cool('a', 'm', { reason: 'server', ms: 1000 }, Date.now() - 2000);
  state.sessions(HOUR).bind({ id: 'session' }, 'm', 'a');
  await store.close();
  const saved = JSON.parse(await readFile(path, 'utf8'));
  saved.bindings[0].usedAt -= 2 * HOUR;
  await writeFile(path, JSON.stringify(saved));

  const next = open();
  expect(next.state.health.records(0)).toEqual([]);
  expect(next.state.sessions(HOUR).get({ id: 'session' }, 'm')).toBeUndefined();
  await next.store.close();
});

test('nothing is written while nothing changes', async () => {
  const { state, store } = open();
  state.health.cool('a', 'm', { reason: 'billing', ms: HOUR }, Date.now());
  await store.save();
  await rm(path);
  await store.close();
  await expect(readFile(path)).rejects.toThrow('ENOENT');
});

test.each(['{', '{"version":2}', '{"version":1,"cooldowns":[{"credentialId":"a"}],"bindings":[]}'])(
  'a file that is broken (%s) is told and replaced',
  async (text) => {
    const first = open();
    first.state.health.cool('a', 'm', { reason: 'billing', ms: HOUR }, Date.now());
    await first.store.close();
    await writeFile(path, text);
    const { state, store } = open();
    expect(problems).toHaveLength(1);
    state.health.cool('c', 'm', { reason: 'billing', ms: HOUR }, Date.now());
    await store.close();
    expect(JSON.parse(await readFile(path, 'utf8')).cooldowns).toHaveLength(1);
  },
);

test('another life of bindings keeps the bindings', () => {
  const state = openPoolState();
  state.sessions(HOUR).bind({ id: 'session' }, 'm', 'a');
  expect(state.sessions(2 * HOUR).get({ id: 'session' }, 'm')).toBe('a');
});

test('a reset forgets the cooldowns and bindings of one credential, or all', () => {
  const state = openPoolState();
  for (const id of ['a', 'b']) {
    state.health.cool(id, 'm', { reason: 'billing', ms: HOUR }, Date.now());
    state.sessions(HOUR).bind({ id: `session of ${id}` }, 'm', id);
  }
  state.reset('a');
  expect(state.records(0).cooldowns.map(({ credentialId }) => credentialId)).toEqual(['b']);
  expect(state.records(0).bindings.map(({ credentialId }) => credentialId)).toEqual(['b']);
  state.reset();
  expect(state.records(0)).toEqual({ cooldowns: [], bindings: [], quotas: [] });
});
