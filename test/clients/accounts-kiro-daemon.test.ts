import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';
import { type Lifecycle, startDaemon } from '../support/started-daemon.js';
import { type FakeKiro, kiroFile, startFakeKiro } from '../support/vendors/kiro.js';

const KEY = 'sk-test-client-key';

let vendor: FakeKiro;
let build: CliBuild;
let cli: Cli;
let file: string;
let management: Lifecycle;
let url: string;

beforeAll(async () => {
  [vendor, build] = await Promise.all([startFakeKiro(), buildCli()]);
  vendor.token = 'nothing yet';
  cli = await build.open();
  const authDir = join(cli.home, 'auths');
  file = join(authDir, 'kiro-idc-ann.json');
  await mkdir(authDir, { mode: 0o700 });
  const old = kiroFile({ access_token: 'aoaAAAAA-old', expires_at: '2026-01-01T00:00:00Z', unknown_key: 'kept' });
  await writeFile(file, JSON.stringify(old), { mode: 0o600 });
  await cli.writeConfig(`api-keys: [${KEY}]
port: 0
auth-dir: ${authDir}
request-retry: 0
oauth-endpoints: { kiro: { api: '${vendor.origin}', oidc: '${vendor.origin}' } }
`);
  ({ management, url } = await startDaemon(cli));
}, 60_000);
afterAll(async () => {
  await cli.close();
  await build.remove();
  await vendor.close();
});

const ask = () =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model: 'kiro-claude-sonnet-4-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'good morning' }],
    }),
  });

test('a file whose token has ended is renewed, lists its models and serves', async () => {
  await expect
    .poll(async () => (await management.listModels({})).models.map(({ id }) => id), { timeout: 20_000 })
    .toContain('kiro-claude-sonnet-4-5');
  await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(200);
  expect(await (await ask()).json()).toMatchObject({ content: [{ text: 'Hello from kiro: good morning' }] });
  const kept = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  expect(kept).toMatchObject({
    access_token: vendor.token,
    refresh_token: 'aorAAAAAG-test',
    auth_method: 'idc',
    email: 'ann@example.com',
    unknown_key: 'kept',
  });
});

test('a token that Kiro takes back early, with 403, is renewed under the request', async () => {
  vendor.token = 'taken back';
  expect((await ask()).status).toBe(200);
});

test('the usage is told', async () => {
  vendor.usage = {
    status: 200,
    body: { usageBreakdownList: [{ resourceType: 'CREDIT', currentUsage: 25, usageLimit: 50 }] },
  };
  const { accounts } = await management.getQuota({ refresh: true });
  expect(accounts).toMatchObject([
    { provider: 'kiro', label: 'ann@example.com', windows: [{ id: 'credit', usedPercent: 50 }] },
  ]);
});
