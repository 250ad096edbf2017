import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDataPlane } from '../../src/daemon/compose.js';
import type { FailureFacts } from '../../src/daemon/ir/error.js';
import type { DataPlane, DataPlaneOptions } from '../../src/daemon/process/data-plane.js';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import type { Upstream } from '../../src/daemon/providers/provider.js';
import { toListed } from '../../src/daemon/runtime/account-models.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { fakeAccountProvider } from '../support/fake-account.js';
import { modelNamed } from '../support/provider.js';
import { errorReply, type SimulatedUpstream, startSimulatedUpstream } from '../support/upstream.js';

let upstream: SimulatedUpstream;
let stateDir: string;
let planes: DataPlane[];
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', models: ['up-1', 'up-2'] });
});
afterAll(() => upstream.close());
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'cliproxyctl-state-'));
  planes = [];
});
afterEach(async () => {
  await Promise.all(planes.map((plane) => plane.close()));
  await rm(stateDir, { recursive: true });
  upstream.reset();
});

function open(more: Partial<DataPlaneOptions> = {}): {
  readonly plane: DataPlane;
  readonly id: string;
  close(): Promise<void>;
} {
  const loaded = requireConfig(
    parseConfig(
      `openai-compatibility:
  - name: acme
    base-url: ${upstream.url}
    api-key-entries: [{ api-key: k }]
    models: [{ name: up-1, alias: one }, { name: up-2 }]
`,
      { path: 'config.yaml' },
    ),
  );
  const plane = openDataPlane({ loaded, log: pino({ level: 'silent' }), env: {}, stateDir, ...more });
  planes.push(plane);
  const [credential] = plane.credentials();
  if (credential === undefined) throw new Error('no credential');
  return {
    plane,
    id: credential.id,
    async close() {
      planes = planes.filter((each) => each !== plane);
      await plane.close();
    },
  };
}

test('a credential that works is tested with a few tokens of its first model', async () => {
  const { plane, id } = open();
  expect(await plane.testCredential({ id })).toMatchObject({ works: true, status: 200, model: 'up-1' });
  expect(upstream.requests[0]?.body).toMatchObject({ model: 'up-1', max_tokens: 16 });
});

test('another of its models is tested by either name', async () => {
  const { plane, id } = open();
  expect(await plane.testCredential({ id, model: 'up-2' })).toMatchObject({ model: 'up-2' });
  expect(await plane.testCredential({ id, model: 'one' })).toMatchObject({ model: 'up-1' });
  await expect(plane.testCredential({ id, model: 'up-3' })).rejects.toMatchObject({ code: 'model_unknown' });
});

test('a test that fails says so, once, and cools nobody', async () => {
  const { plane, id } = open();
  upstream.script(errorReply('openai-chat', 'unauthorized'));
  expect(await plane.testCredential({ id })).toMatchObject({
    works: false,
    status: 401,
    error: { reason: 'auth', code: 'invalid_api_key' },
  });
  expect(upstream.requests).toHaveLength(1);
  expect(plane.credential(id).state).toBe('ready');
});

test('cooldowns outlive a restart; a reset forgets them, and so does a test that works', async () => {
  const first = open();
  const { id } = first;
  upstream.script(errorReply('openai-chat', 'unauthorized'));
  await askFor(first.plane, 'one');
  expect(first.plane.credential(id)).toMatchObject({
    state: 'cooling',
    reason: 'auth',
    offers: [{ name: 'one', model: 'up-1', ailment: { state: 'cooling', status: 401 } }, { name: 'up-2' }],
  });
  await first.close();

  const second = open();
  expect(second.plane.credential(id).state).toBe('cooling');
  expect(second.plane.explainRoute({ model: 'one' }).served).toBe(false);
  expect(second.plane.resetCredentials(id)).toEqual([id]);
  expect(second.plane.explainRoute({ model: 'one' }).served).toBe(true);

  upstream.script(errorReply('openai-chat', 'unauthorized'));
  await askFor(second.plane, 'one');
  expect(second.plane.credential(id).state).toBe('cooling');
  expect((await second.plane.testCredential({ id })).works).toBe(true);
  expect(second.plane.credential(id).state).toBe('ready');
  await second.close();
  expect(open().plane.credential(id).state).toBe('ready');
});

test('a reset reaches what a provider itself remembers', async () => {
  const { open: openFake, ...fake } = fakeAccountProvider();
  const upstreams: Upstream[] = [];
  const vendor: AccountProvider = {
    ...fake,
    open(fields, context) {
      let isSpent = true;
      const failure: FailureFacts = { reason: 'quota', status: 402, message: 'all is spent' };
      const opened: Upstream = {
        ...openFake(fields, context),
        spent: () => (isSpent ? failure : undefined),
        reset() {
          isSpent = false;
        },
      };
      upstreams.push(opened);
      return opened;
    },
  };
  const fields = { type: 'acme', access_token: 't', api_url: upstream.url };
  const models = [toListed({ id: 'up-1', userDefined: true, traits: new Set() })];
  const { plane, id: key } = open({
    accountProviders: [vendor],
    accounts: ['ann', 'bob'].map((name) => ({ name: `acme-${name}.json`, revision: '1', fields, models })),
  });
  const accounts = plane.credentials().filter(({ id }) => id !== key);
  expect(accounts).toHaveLength(2);
  const model = modelNamed('up-1');
  const spent = (): readonly boolean[] => upstreams.map((each) => each.spent?.(model, 0, undefined) !== undefined);
  plane.resetCredentials(accounts[0]?.id);
  expect(spent()).toEqual([false, true]);
  plane.resetCredentials(undefined);
  expect(spent()).toEqual([false, false]);
});

test('an unknown credential is told', async () => {
  const { plane } = open();
  expect(() => plane.credential('x')).toThrow('there is no credential "x"');
  expect(() => plane.resetCredentials('x')).toThrow('there is no credential "x"');
  await expect(plane.testCredential({ id: 'x' })).rejects.toThrow('there is no credential "x"');
});

/** A client's request over a real socket; what it gets is not of interest here. */
async function askFor(plane: DataPlane, model: string): Promise<void> {
  const server = createServer(plane.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] });
  const reply = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await reply.text();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
