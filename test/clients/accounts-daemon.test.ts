import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';
import { type Lifecycle, startDaemon } from '../support/started-daemon.js';
import { copilotFile, type FakeCopilot, startFakeCopilot } from '../support/vendors/copilot.js';

const KEY = 'sk-test-client-key';
const MODEL = 'gpt-4.1';

let vendor: FakeCopilot;
let build: CliBuild;
let cli: Cli;
let management: Lifecycle;
let url: string;

beforeAll(async () => {
  [vendor, build] = await Promise.all([startFakeCopilot({ 'openai-chat': MODEL }), buildCli()]);
  vendor.models = {
    status: 200,
    body: {
      data: [
        {
          id: MODEL,
          model_picker_enabled: true,
          supported_endpoints: ['/chat/completions'],
          billing: { multiplier: 1 },
          capabilities: { type: 'chat' },
        },
        'nonsense',
      ],
    },
  };
  cli = await build.open();
  const authDir = join(cli.home, 'auths');
  await mkdir(authDir, { mode: 0o700 });
  await writeFile(join(authDir, 'github-copilot-ann.json'), JSON.stringify(copilotFile()), { mode: 0o600 });
  await cli.writeConfig(`api-keys: [${KEY}]
port: 0
auth-dir: ${authDir}
request-retry: 0
oauth-endpoints: { github-copilot: { api: '${vendor.origin}' } }
oauth-upstream: { github-copilot: '${vendor.origin}' }
`);
  ({ management, url } = await startDaemon(cli));
}, 60_000);
afterAll(async () => {
  await cli.close();
  await build.remove();
  await vendor.close();
});

const ask = () =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'good morning' }] }),
  });

test('a file in the folder serves, by the list of its account', async () => {
  await expect
    .poll(async () => (await management.listModels({})).models.map(({ id }) => id))
    .toEqual([MODEL, `copilot-${MODEL}`]);
  const answer = await ask();
  expect(await answer.json()).toMatchObject({
    choices: [{ message: { content: 'Hello from openai-chat: good morning' } }],
  });
});

test('the usage is told, and what it tells ends a rest', async () => {
  const usage = (remaining: number) => ({
    status: 200,
    body: {
      copilot_plan: 'individual_pro',
      quota_snapshots: { premium_interactions: { entitlement: 300, remaining, percent_remaining: remaining / 3 } },
    },
  });
  vendor.script({ status: 402, body: { error: { code: 'quota_exceeded', message: 'You have no quota' } } });
  expect((await ask()).status).toBe(402);
  vendor.user = usage(0);
  expect(await management.getQuota({ refresh: true })).toMatchObject({
    accounts: [
      {
        provider: 'copilot',
        label: 'ann',
        plan: 'individual_pro',
        windows: [{ id: 'premium_interactions', usedPercent: 100 }],
      },
    ],
  });
  expect((await ask()).status).toBe(429);
  vendor.user = usage(150);
  const fresh = await management.getQuota({ refresh: true });
  expect(fresh.accounts[0]?.windows).toMatchObject([{ usedPercent: 50, used: 150, limit: 300 }]);
  expect((await ask()).status).toBe(200);
});
