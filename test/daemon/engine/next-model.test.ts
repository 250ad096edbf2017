import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccountProvider } from '../../../src/daemon/providers/account.js';
import type { Call } from '../../../src/daemon/providers/provider.js';
import { toListed } from '../../../src/daemon/runtime/account-models.js';
import { fakeAccountProvider } from '../../support/fake-account.js';
import { type ServedPlane, servePlane } from '../../support/plane.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../../support/upstream.js';

const MODEL = 'acme-large';
const FULL = { status: 503, body: { error: { message: 'the model has no room', type: 'server_error' } } };

let upstream: SimulatedUpstream;
let served: ServedPlane;
/** What each prepared call was told of others. */
let alone: boolean[];

/** A vendor whose model has no room for anybody. */
function crowdedVendor(): AccountProvider {
  const { open, ...vendor } = fakeAccountProvider();
  return {
    ...vendor,
    open(fields, context) {
      const opened = open(fields, context);
      return {
        ...opened,
        prepare(call: Call) {
          alone.push(call.isAlone?.() ?? true);
          return opened.prepare(call);
        },
        classify: ({ status }) => (status === 503 ? { blame: 'model', next: 'next-model', cooldownMs: 0 } : undefined),
      };
    },
  };
}

async function serve(config = ''): Promise<void> {
  const models = [toListed({ id: MODEL, userDefined: true, traits: new Set() })];
  const account = (name: string, priority: number) => ({
    name: `acme-${name}.json`,
    revision: '1',
    fields: { type: 'acme', access_token: name, api_url: upstream.url, priority },
    models,
  });
  served = await servePlane(`api-keys: [sk-test-client-key]\nrequest-retry: 0\n${config}`, {
    accountProviders: [crowdedVendor()],
    accounts: [account('ann', 10), account('bob', 5)],
  });
}

beforeEach(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', models: [MODEL] });
  alone = [];
});
afterEach(async () => {
  await served.close();
  await upstream.close();
});

const ask = () =>
  fetch(`${served.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test-client-key', 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }] }),
  });
const asked = () => upstream.requests.map(({ headers }) => headers['authorization']);

test('a model that is full at its vendor is asked for at no other account there, and at every other provider', async () => {
  await serve(`openai-compatibility:
  - { name: other, base-url: ${upstream.url}, api-key-entries: [{ api-key: key }], models: [{ name: ${MODEL} }] }
`);
  upstream.script(FULL);
  expect((await ask()).status).toBe(200);
  expect(asked()).toEqual(['Bearer ann', 'Bearer key']);
  expect(alone).toEqual([false]);
});

test('where nobody else has it, the refusal is told after the first account', async () => {
  await serve();
  upstream.script(FULL);
  expect((await ask()).status).toBe(503);
  expect(asked()).toEqual(['Bearer ann']);
  expect(alone).toEqual([true]);
});
