import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ACCOUNT_PROVIDERS } from '../../../src/daemon/providers/registry.js';
import { createManagementClient, socketTransport } from '../../../src/shared/contract/client.js';
import { lifecycle } from '../../../src/shared/contract/lifecycle.js';
import type { LoginView } from '../../../src/shared/contract/logins.js';
import type { Client } from '../../../src/shared/contract/route.js';
import { socketPathFor } from '../../../src/shared/local-socket.js';
import { resolvePaths } from '../../../src/shared/paths.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { until } from '../../support/daemon-process.js';
import { type ClaudeFake, startClaudeFake } from '../../support/oauth/claude.js';
import { follow, freePort } from '../../support/oauth/logins.js';
import { startHttpProxy, type TestProxy } from '../../support/proxies.js';

const CERT = resolve('test/fixtures/tls/self-signed.pem');

let build: CliBuild;
let vendor: ClaudeFake;
let proxy: TestProxy;
let cli: Cli;
let management: Client<typeof lifecycle>;
const daemons: ChildProcess[] = [];

beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());

beforeEach(async () => {
  const key = await readFile(resolve('test/fixtures/tls/self-signed-key.pem'), 'utf8');
  vendor = await startClaudeFake({ cert: await readFile(CERT, 'utf8'), key });
  proxy = await startHttpProxy();
  cli = await build.open();
  const { runDir } = resolvePaths({ env: cli.env });
  management = createManagementClient(lifecycle, socketTransport(socketPathFor(runDir)));
  const endpoints = Object.entries(vendor.endpoints).map(([kind, url]) => `    ${kind}: ${url}`);
  await cli.writeConfig(
    ['port: 0', 'api-keys: [sk-test-client-key]', `auth-dir: ${join(cli.home, 'auths')}`, `proxy-url: ${proxy.url}`]
      .concat(['oauth-endpoints:', '  claude:'], endpoints, '')
      .join('\n'),
  );
});
afterEach(async () => {
  for (const daemon of daemons.splice(0)) {
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  }
  await cli.close();
  await proxy.close();
  await vendor.close();
});

/** The real daemon, trusting the vendor's own authority or not. */
async function run(env: Readonly<Record<string, string>>): Promise<void> {
  const args = [cli.script, 'run', '--config', cli.configPath];
  const daemon = spawn(process.execPath, args, { env: { ...cli.env, ...env }, stdio: 'ignore' });
  daemons.push(daemon);
  await until(
    () => management.getStatus({}),
    ({ ready }) => ready,
  );
}

async function logIn(): Promise<LoginView> {
  const { id } = await management.startLogin({ provider: 'claude', callbackPort: await freePort() });
  const shown = await management.watchLogin({ id, waitMs: 20_000 });
  const [event] = shown.events;
  if (event?.type !== 'open-url') throw new Error(`no address: ${JSON.stringify(shown)}`);
  const location = await redirectOf(event.url);
  expect((await follow(location)).text).toContain('Answer received');
  return until(
    () => management.watchLogin({ id, after: event.seq, waitMs: 20_000 }),
    ({ state }) => state !== 'running',
  );
}

/** The person's browser trusts the vendor. */
async function redirectOf(url: string): Promise<string> {
  const asked = request(url, { ca: await readFile(CERT, 'utf8') }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return String(response.headers.location);
}

test('the daemon logs in through the configured proxy, trusting the configured authority, and serves the account at once', async () => {
  await run({ NODE_EXTRA_CA_CERTS: CERT });
  const { providers } = await management.listLoginProviders({});
  expect(providers.map(({ id }) => id)).toEqual(ACCOUNT_PROVIDERS.map(({ channel }) => channel));
  const { state, result } = await logIn();
  expect(state).toBe('succeeded');
  const { credentials } = await management.listCredentials({});
  expect(credentials.map(({ id }) => id)).toEqual([result?.credential]);
  const file = join(cli.home, 'auths', result?.name ?? '');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ type: 'claude', email: 'ann@example.com' });
  expect(new Set(proxy.targets)).toEqual(new Set([new URL(vendor.url).host]));
});

test('an authority that is not trusted is named, and nothing is kept', async () => {
  await run({});
  const { state, error } = await logIn();
  expect(state).toBe('failed');
  expect(error).toMatchObject({
    code: 'vendor_unreachable',
    message: expect.stringMatching(/self-signed|certificate/),
  });
  expect(await readdir(join(cli.home, 'auths')).catch(() => [])).toEqual([]);
});

test('logins over the control socket are answered, cancelled and refused by their codes', async () => {
  await run({ NODE_EXTRA_CA_CERTS: CERT });
  await expect(management.startLogin({ provider: 'nobody' })).rejects.toMatchObject({ code: 'login_provider_unknown' });
  await expect(management.watchLogin({ id: 'none' })).rejects.toMatchObject({ code: 'login_unknown' });
  const { id } = await management.startLogin({ provider: 'claude', method: 'token' });
  await expect(management.answerLogin({ id, question: 'token', value: ' ' })).rejects.toMatchObject({
    code: 'login_answer_invalid',
  });
  await management.answerLogin({ id, question: 'token', value: 'sk-ant-api03-abc' });
  const ended = await until(
    () => management.watchLogin({ id, waitMs: 1_000 }),
    ({ state }) => state !== 'running',
  );
  expect(ended.error).toMatchObject({ code: 'login_refused' });
  const other = await management.startLogin({ provider: 'claude', method: 'token' });
  expect(await management.cancelLogin(other)).toEqual({ cancelled: true });
  expect(await management.cancelLogin(other)).toEqual({ cancelled: false });
  expect((await management.watchLogin(other)).state).toBe('cancelled');
});
