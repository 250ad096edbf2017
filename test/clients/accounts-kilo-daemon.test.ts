import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';
import { type Lifecycle, startDaemon } from '../support/started-daemon.js';
import { type FakeKilo, kiloFile, startFakeKilo } from '../support/vendors/kilo.js';

const KEY = 'sk-test-client-key';
const PAID = 'z-ai/glm-5';

let vendor: FakeKilo;
let build: CliBuild;
let cli: Cli;
let management: Lifecycle;
let url: string;

beforeAll(async () => {
  [vendor, build] = await Promise.all([startFakeKilo({ 'openai-chat': [PAID] }), buildCli()]);
  vendor.models = [{ id: PAID, pricing: { prompt: '0.000001', completion: '0.000002' } }, 'nonsense'];
  cli = await build.open();
  const authDir = join(cli.home, 'auths');
  await mkdir(authDir, { mode: 0o700 });
  await writeFile(join(authDir, 'kilo-ann.json'), JSON.stringify(kiloFile()), { mode: 0o600 });
  await cli.writeConfig(`api-keys: [${KEY}]
port: 0
auth-dir: ${authDir}
request-retry: 0
oauth-endpoints: { kilo: { api: '${vendor.origin}' } }
`);
  ({ management, url } = await startDaemon(cli));
}, 60_000);
afterAll(async () => {
  await cli.close();
  await build.remove();
  await vendor.close();
});

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const ask = () =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: PAID, messages: [{ role: 'user', content: 'good morning' }] }),
  });

test('a file in the folder serves, by Kilo’s list and with its prices', async () => {
  await expect.poll(async () => (await management.listModels({})).models.map(({ id }) => id)).toEqual([PAID]);
  const list = (await (await fetch(`${url}/v1/models`, { headers })).json()) as { data: object[] };
  expect(list.data).toMatchObject([{ id: PAID, pricing_usd_per_million: { input: 1, output: 2 } }]);
  expect(await (await ask()).json()).toMatchObject({
    choices: [{ message: { content: 'Hello from openai-chat: good morning' } }],
  });
});

test('an empty balance keeps requests back until money is there', async () => {
  vendor.script({ status: 402, body: { error: { message: 'Insufficient balance', code: 402 } } });
  expect((await ask()).status).toBe(402);
  vendor.balance = 0;
  const empty = await management.getQuota({ refresh: true });
  expect(empty.accounts[0]?.windows).toMatchObject([{ id: 'balance', title: 'balance $0.00', usedPercent: 100 }]);
  const asked = vendor.seen.length;
  expect((await ask()).ok).toBe(false);
  expect(vendor.seen).toHaveLength(asked);
  vendor.balance = 5;
  await management.getQuota({ refresh: true });
  expect((await ask()).status).toBe(200);
});
