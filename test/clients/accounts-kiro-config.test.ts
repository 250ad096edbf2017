import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolvePaths } from '../../src/shared/paths.js';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';
import { type Lifecycle, startDaemon } from '../support/started-daemon.js';
import { type FakeKiro, KIRO_ARN, startFakeKiro } from '../support/vendors/kiro.js';

const KEY = 'sk-test-client-key';
const WITHIN = { timeout: 20_000 };

let vendor: FakeKiro;
let build: CliBuild;
let cli: Cli;
let tokenFile: string;
let management: Lifecycle;
let url: string;

const configure = (entries: string): Promise<unknown> =>
  cli.writeConfig(`api-keys: [${KEY}]
port: 0
auth-dir: ${join(cli.home, 'auths')}
request-retry: 0
oauth-endpoints: { kiro: { api: '${vendor.origin}', oidc: '${vendor.origin}' } }
${entries}
`);

beforeAll(async () => {
  [vendor, build] = await Promise.all([startFakeKiro(), buildCli()]);
  cli = await build.open();
  tokenFile = join(cli.home, 'kiro-auth-token.json');
  await configure('');
  ({ management, url } = await startDaemon(cli));
}, 60_000);
afterAll(async () => {
  await cli.close();
  await build.remove();
  await vendor.close();
});

const modelIds = async (): Promise<readonly string[]> => (await management.listModels({})).models.map(({ id }) => id);
const status = async (): Promise<number> => {
  const reply = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model: 'kiro-claude-sonnet-4-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'good morning' }],
    }),
  });
  await reply.arrayBuffer();
  return reply.status;
};

test('an entry that comes with a reload is renewed and serves; its new tokens are kept beside the config', async () => {
  const client = 'client-id: client-1, client-secret: secret-1, start-url: "https://d-1234567890.awsapps.com/start"';
  const entry = `kiro: [{ access-token: aoaAAAAA-old, refresh-token: aorAAAAAG-test, profile-arn: '${KIRO_ARN}', ${client} }]`;
  await configure(entry);
  await expect.poll(modelIds, WITHIN).toContain('kiro-claude-sonnet-4-5');
  await expect.poll(status, WITHIN).toBe(200);
  expect(await readFile(cli.configPath, 'utf8')).toContain('aoaAAAAA-old');
  const folder = join(resolvePaths({ env: cli.env }).stateDir, 'config-accounts');
  const [name = '', ...more] = (await readdir(folder)).filter((each) => each.endsWith('.json'));
  expect(more).toEqual([]);
  expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toMatchObject({ access_token: vendor.token });
  expect(await readdir(join(cli.home, 'auths')).catch(() => [])).toEqual([]);
});

test('an entry that goes takes its account with it', async () => {
  await configure('');
  await expect.poll(modelIds, WITHIN).toEqual([]);
});

test('a token file is followed while its program renews it, and never written', async () => {
  const content = (accessToken: string): string =>
    JSON.stringify({ accessToken, refreshToken: 'aorIDE', profileArn: KIRO_ARN, authMethod: 'social' });
  await writeFile(tokenFile, content(vendor.token));
  await configure(`kiro: [{ token-file: ${tokenFile} }]`);
  await expect.poll(status, WITHIN).toBe(200);
  vendor.token = 'aoaAAAAA-renewed-by-the-ide';
  await expect.poll(status, WITHIN).toBe(401);
  await writeFile(tokenFile, content(vendor.token));
  await expect.poll(status, WITHIN).toBe(200);
  expect(await readFile(tokenFile, 'utf8')).toBe(content(vendor.token));
});
