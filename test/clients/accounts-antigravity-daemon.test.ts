import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';
import {
  antigravityFile,
  callsOf,
  errorInfo,
  type FakeAntigravity,
  modelEntry,
  ownClient,
  rpcError,
  startFakeAntigravity,
} from '../support/vendors/antigravity.js';
import { type AntigravityInference, startAntigravityInference } from '../support/vendors/antigravity-inference.js';

const KEY = 'sk-test-client-key';
const MODEL = 'gemini-3-flash';
const OFF = 'Antigravity is off: `antigravity.enabled: true` in the config switches it on';

let inference: AntigravityInference;
let vendor: FakeAntigravity;
let build: CliBuild;
let cli: Cli;

const configure = (isEnabled: boolean): Promise<void> =>
  cli.writeConfig(`api-keys: [${KEY}]
port: 0
auth-dir: ${join(cli.home, 'auths')}
request-retry: 0
antigravity: { enabled: ${isEnabled}, oauth: { client-id: ${ownClient.clientId}, client-secret: ${ownClient.clientSecret} } }
oauth-endpoints: { antigravity: ${JSON.stringify(vendor.endpoints)} }
`);

beforeAll(async () => {
  inference = await startAntigravityInference([MODEL]);
  [vendor, build] = await Promise.all([startFakeAntigravity(inference.answer), buildCli()]);
  vendor.models = { status: 200, body: { models: { [MODEL]: modelEntry(0.4, { displayName: 'Gemini 3 Flash' }) } } };
  cli = await build.open();
  await configure(false);
  const started = await cli.json(['start', '--config', cli.configPath]);
  expect(started.ok, JSON.stringify(started)).toBe(true);
}, 120_000);
afterAll(async () => {
  await cli.close();
  await Promise.all([vendor.close(), inference.close(), build.remove()]);
});

const url = async (): Promise<string> => {
  const { details } = await cli.json(['status']);
  return (details as { listen: { url: string } }).listen.url;
};
const ask = async (): Promise<Response> =>
  fetch(`${await url()}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'good morning' }] }),
  });
const listed = async () => {
  const { details } = await cli.json(['credentials']);
  const [credential] = (details as { credentials: Record<string, unknown>[] }).credentials;
  return credential;
};

describe('while it is off', () => {
  test('a login is kept, and says how it is switched on', async () => {
    const file = join(cli.home, 'of-another-gateway.json');
    const old = antigravityFile({ expired: '2026-01-01T00:00:00Z', note: 'kept' });
    await writeFile(file, JSON.stringify(old), { mode: 0o600 });
    const way = ['--method', 'import', '--answer', `file=${file}`];
    const { code, stdout, stderr } = await cli.run(['login', 'antigravity', ...way]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Logged in as ann@example.com');
    expect(stderr).toContain('forbidden by its terms');
    expect(stderr).toContain(OFF);
    const kept = await readFile(join(cli.home, 'auths', 'antigravity-ann@example.com.json'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ type: 'antigravity', refresh_token: '1//antigravity-test', note: 'kept' });
  });

  test('it is listed with the reason, and so are routes and the doctor', async () => {
    expect(await listed()).toMatchObject({ state: 'disabled', reason: OFF, email: 'ann@example.com' });
    expect((await cli.run(['route', 'explain', '--model', MODEL])).stdout).toContain(OFF);
    const { stdout } = await cli.run(['doctor', '--config', cli.configPath]);
    expect(stdout).toContain(OFF);
    expect((await cli.run(['quota', '--refresh'])).stdout).toContain(OFF);
  });

  test('nobody is served, and Google is not asked', async () => {
    expect((await ask()).status).toBe(404);
    expect(callsOf(vendor)).toEqual([]);
  });
});

describe('switched on', () => {
  test('it lists its models and serves', async () => {
    await configure(true);
    expect((await cli.json(['reload'])).ok).toBe(true);
    await expect.poll(async () => (await listed())?.['models'], { timeout: 20_000 }).toBe(2);
    expect(await listed()).toMatchObject({ state: 'ready' });
    const answer = await ask();
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(await answer.json()).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  });

  test('its quota is told, once for whoever asks in the next minutes', async () => {
    const { stdout } = await cli.run(['quota', '--refresh']);
    expect(stdout).toMatch(/Gemini 3 Flash.*60 ?%/);
    vendor.seen.length = 0;
    await cli.run(['quota']);
    expect(callsOf(vendor)).toEqual([]);
  });

  test('a quota that is used up is told with its end, and the model rests', async () => {
    const details = [errorInfo('QUOTA_EXHAUSTED', { quotaResetDelay: '1h2m3s' })];
    vendor.script(rpcError(429, 'Quota exhausted.', details), rpcError(429, 'Quota exhausted.', details));
    const refused = await ask();
    expect(refused.status).toBe(429);
    const again = await ask();
    expect(again.status).toBe(429);
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0);
    const { stdout } = await cli.run(['route', 'explain', '--model', MODEL]);
    expect(stdout).toContain('rests after quota (429)');
  });

  test('a fresh figure that shows room ends the rest', async () => {
    await cli.run(['quota', '--refresh']);
    expect((await ask()).status).toBe(200);
  });
});
