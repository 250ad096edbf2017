import { beforeEach, describe, expect, test } from 'vitest';
import { createControlApp } from '../../../src/daemon/control/app.js';
import type { ControlPlane, LogQuery } from '../../../src/daemon/control/control-plane.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { createManagementClient } from '../../../src/shared/contract/client.js';
import type { CredentialSummary } from '../../../src/shared/contract/credentials.js';
import { lifecycle, type Status } from '../../../src/shared/contract/lifecycle.js';
import { AppError } from '../../../src/shared/errors.js';

const STATUS: Status = {
  version: '1.2.3',
  contract: 1,
  instanceId: 'one',
  pid: 1,
  startedAt: 0,
  state: 'ready',
  ready: true,
  listen: { host: '127.0.0.1', port: 8317, url: 'http://127.0.0.1:8317', tls: false },
  configPath: '/config.yaml',
  configHash: 'abc',
  workers: [],
  restarts: 0,
  counts: { models: 0, credentials: 0, coolingCredentials: 0, clientKeys: 0, requests: 0, failures: 0, inFlight: 0 },
  problems: [],
  warnings: [],
  restartNeeded: [],
};

let keys: readonly string[];
let asked: LogQuery[];
let drainedFor: (number | undefined)[];
let internal: unknown[];
let failWith: unknown;
beforeEach(() => {
  keys = ['sk-client-key-one'];
  asked = [];
  drainedFor = [];
  internal = [];
  failWith = undefined;
});

const SUMMARY: CredentialSummary = {
  id: 'a',
  provider: 'acme',
  label: 'acme (ann@example.com)',
  source: 'file',
  name: 'acme-ann.json',
  disabled: false,
  priority: 0,
  weight: 1,
  models: 0,
  state: 'ready',
};

const keeping: ControlPlane['keeping'] = {
  async update({ id, note }) {
    if (id !== 'a') throw new AppError('credential_unknown', `there is no credential "${id}"`);
    return { ...SUMMARY, ...(typeof note === 'string' ? { note } : {}) };
  },
  remove: async () => ({ removed: 'acme-ann.json', revoked: true }),
  export: async () => ({ name: 'acme-ann.json', content: '{}' }),
  async rename({ name }) {
    throw new AppError('credential_exists', `there is a credential ${name} already`);
  },
  refresh: async () => ({ ...SUMMARY, refresh: { state: 'failed', reason: 'answered 503' } }),
  import: async ({ files }) => ({ imported: [], failed: files.map(({ name }) => ({ name, error: 'no' })) }),
  quota: async ({ refresh }) => [
    { credential: 'a', label: 'ann', provider: 'acme', windows: [], plan: String(refresh) },
  ],
};

const plane: ControlPlane = {
  keeping,
  definitions: async () => undefined,
  files: { list: async () => [], put: async () => undefined, remove: async () => false },
  logins: {
    providers: () => [],
    start: () => 'login',
    watch: async () => ({ events: [], state: 'cancelled' }),
    answer: () => undefined,
    cancel: () => false,
  },
  async status() {
    if (failWith !== undefined) throw failWith;
    return STATUS;
  },
  reload: async () => ({ changed: true, configHash: 'def', warnings: [], restartNeeded: ['port'] }),
  restartWorkers: async () => [],
  async shutdown(drainTimeoutMs) {
    drainedFor.push(drainTimeoutMs);
    return 3;
  },
  models: async () => [],
  credentials: async () => [],
  async credential(id) {
    if (id !== 'a') throw new AppError('credential_unknown', `there is no credential "${id}"`);
    return {
      id,
      provider: 'acme',
      label: 'acme 1',
      source: 'config',
      disabled: false,
      priority: 0,
      weight: 1,
      models: 0,
      state: 'ready',
      offers: [],
    };
  },
  resetCredentials: async (id) => [id ?? 'all'],
  testCredential: async ({ id, model = 'm' }) => ({ id, label: 'a', model, works: true, status: 200, latencyMs: 1 }),
  explainRoute: async ({ model }) => ({ model, steps: [], served: false, chain: [], leftOut: [] }),
  explainRequest: async (id) => ({
    id,
    startedAt: 1,
    key: 'k',
    client: 'openai-chat',
    model: 'm',
    stream: false,
    tried: [],
    waits: [],
    passedOver: [],
    startedEarly: false,
    state: 'ok',
  }),
  config: () => requireConfig(parseConfig(`api-keys: ${JSON.stringify(keys)}`, { path: 'config.yaml' })).config,
  async editApiKeys(change) {
    keys = change(keys);
  },
  async readLogs(query) {
    asked.push(query);
    return { lines: [], cursor: 'c', reset: false };
  },
};

const app = () => createControlApp({ plane, onInternalError: (error) => internal.push(error) });
const client = () =>
  createManagementClient(lifecycle, async ({ method, path, body }) => {
    const reply = await app().request(path, { method: method.toUpperCase(), ...(body === undefined ? {} : { body }) });
    return { status: reply.status, text: await reply.text() };
  });

test('every route of the contract answers its typed client', async () => {
  expect(await client().getStatus({})).toEqual(STATUS);
  expect(await client().reload({})).toEqual({
    changed: true,
    configHash: 'def',
    warnings: [],
    restartNeeded: ['port'],
  });
  expect(await client().restartWorkers({})).toEqual({ workers: [] });
  expect(await client().shutdown({ drainTimeoutMs: 5 })).toEqual({ draining: 3 });
  expect(await client().listModels({})).toEqual({ models: [] });
  expect(await client().listCredentials({})).toEqual({ credentials: [] });
  expect(await client().showCredential({ id: 'a' })).toMatchObject({ id: 'a', offers: [] });
  expect(await client().resetCredentials({})).toEqual({ reset: ['all'] });
  expect(await client().resetCredentials({ id: 'a' })).toEqual({ reset: ['a'] });
  expect(await client().testCredential({ id: 'a', model: 'n' })).toMatchObject({ works: true, model: 'n' });
  expect(await client().explainRequest({ id: 'r' })).toMatchObject({ id: 'r', state: 'ok' });
  expect(await client().explainRoute({ model: 'm(high)' })).toMatchObject({ model: 'm(high)', served: false });
  expect((await client().addKey({ key: 'my-own-key' })).key).toBe('my-own-key');
  expect((await client().listKeys({})).keys).toHaveLength(2);
  await client().revokeKey({ idOrKey: 'my-own-key' });
  expect(keys).toEqual(['sk-client-key-one']);
  expect(await client().readLogs({})).toEqual({ lines: [], cursor: 'c', reset: false });
  expect(drainedFor).toEqual([5]);
});

test('credentials are changed, moved and told of through their typed client', async () => {
  expect(await client().updateCredential({ id: 'a', note: 'x' })).toEqual({ ...SUMMARY, note: 'x' });
  expect(await client().removeCredential({ id: 'a', revoke: true })).toEqual({
    removed: 'acme-ann.json',
    revoked: true,
  });
  expect(await client().exportCredential({ id: 'a' })).toEqual({ name: 'acme-ann.json', content: '{}' });
  expect((await client().refreshCredential({ id: 'a' })).refresh).toEqual({ state: 'failed', reason: 'answered 503' });
  const files = [{ name: 'b.json', content: '{}' }];
  expect((await client().importCredentials({ files })).failed).toEqual([{ name: 'b.json', error: 'no' }]);
  expect((await client().getQuota({ refresh: true })).accounts[0]?.plan).toBe('true');
  expect((await client().getQuota({})).accounts[0]?.plan).toBe('undefined');
  await expect(client().renameCredential({ id: 'a', name: 'b.json' })).rejects.toMatchObject({
    code: 'credential_exists',
  });
});

test('query parameters become numbers, and defaults are filled in', async () => {
  await client().readLogs({ limit: 7, cursor: 'x', waitMs: 100 });
  await client().readLogs({});
  expect(asked).toEqual([
    { limit: 7, cursor: 'x', waitMs: 100 },
    { limit: 100, waitMs: 0 },
  ]);
});

describe('what does not fit the contract is 400 with words', () => {
  test.each([
    { name: 'a wrong type', path: '/v0/lifecycle/shutdown', body: '{"drainTimeoutMs":"soon"}', says: 'drainTimeoutMs' },
    { name: 'a value out of range', path: '/v0/lifecycle/logs?limit=0', body: undefined, says: 'limit' },
    { name: 'no JSON', path: '/v0/lifecycle/shutdown', body: '{', says: 'not JSON' },
    { name: 'a key that is too short', path: '/v0/lifecycle/keys', body: '{"key":"abc"}', says: 'key' },
  ])('$name', async ({ path, body, says }) => {
    const reply = await app().request(path, body === undefined ? {} : { method: 'POST', body });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      error: { code: 'input_invalid', message: expect.stringContaining(says) },
    });
  });

  test('a body that is far too large is not read', async () => {
    const reply = await app().request('/v0/lifecycle/keys', {
      method: 'POST',
      body: '{}',
      headers: { 'content-length': String(2 * 1024 * 1024) },
    });
    expect(await reply.json()).toMatchObject({ error: { code: 'input_too_large' } });
  });
});

test('an unknown credential is 404', async () => {
  const reply = await app().request('/v0/lifecycle/credentials/one?id=b');
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ error: { code: 'credential_unknown' } });
});

test('an unknown route is 404 in the same shape', async () => {
  const reply = await app().request('/v0/lifecycle/nothing');
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ error: { code: 'unknown_route' } });
});

test.each([
  { name: 'that is expected', error: new AppError('no_worker', 'none', { hint: 'h' }), status: 503, reported: 0 },
  { name: 'that nobody expected', error: new Error('boom'), status: 500, reported: 1 },
])('a failure $name is answered with $status', async ({ error, status, reported }) => {
  failWith = error;
  const reply = await app().request('/v0/lifecycle/status');
  expect(reply.status).toBe(status);
  expect(await reply.json()).toMatchObject({ error: { message: expect.stringContaining(error.message) } });
  expect(internal).toHaveLength(reported);
});
