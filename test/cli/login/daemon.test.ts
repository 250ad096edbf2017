import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { type CodexFake, startCodexFake } from '../../support/oauth/codex.js';
import { consent, freePort } from '../../support/oauth/logins.js';
import { openTerminal, type Terminal } from '../../support/terminal.js';

let build: CliBuild;
let cli: Cli;
let vendor: CodexFake;
let terminal: Terminal | undefined;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  vendor = await startCodexFake();
  const endpoints = Object.entries(vendor.endpoints).map(([kind, url]) => `    ${kind}: ${url}\n`);
  await cli.writeConfig(
    `port: 0\napi-keys: [sk-client-key-0123456789]\noauth-endpoints:\n  codex:\n${endpoints.join('')}`,
  );
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
  await cli.close();
  await vendor.close();
});

const logIn = async (args: readonly string[], env: Record<string, string> = {}): Promise<Terminal> => {
  terminal = await openTerminal({
    command: [process.execPath, cli.script, 'login', 'codex', ...args],
    env: { ...cli.env, ...env },
    cwd: cli.home,
    // Wide, so that the address stands on one line.
    columns: 1000,
  });
  return terminal;
};

/** The one credential file; it must be for its owner's eyes alone. */
async function savedFile(): Promise<Record<string, unknown>> {
  const folder = join(cli.home, 'auths');
  const [name = '', ...others] = (await readdir(folder)).filter((each) => each.endsWith('.json'));
  expect(others).toEqual([]);
  expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  return JSON.parse(await readFile(join(folder, name), 'utf8'));
}

test('the daemon is started, the address pasted, and the login is in use and listed, until it is logged out', {
  timeout: 60_000,
}, async () => {
  const { waitFor, type, press } = await logIn([
    '--method',
    'browser',
    '--yes',
    '--callback-port',
    String(await freePort()),
  ]);
  const screen = await waitFor(/paste the address/);
  const [url = ''] = /http:\S+\/oauth\/authorize\S+/.exec(screen) ?? [];
  await type(await consent(url));
  await press('Enter');
  const end = await waitFor(/exit code 0/);
  expect(end).toContain(`Logged in as ${vendor.account.email}`);
  expect(await savedFile()).toMatchObject({ type: 'codex', email: vendor.account.email });

  const { details } = await cli.json(['credentials']);
  expect(details['credentials']).toMatchObject([{ provider: 'codex', source: 'file', state: 'ready' }]);
  expect((await cli.json(['doctor'])).details['checks']).toContainEqual(
    expect.objectContaining({ id: 'logins', state: 'ok' }),
  );
  expect((await cli.run(['doctor'])).stdout).toMatch(/✓ Terms +ChatGPT \(Codex\): gateway use is /);
  const out = await cli.run(['logout', vendor.account.email, '--yes']);
  expect(out.stdout).toContain(`logged out ${vendor.account.email}`);
  expect((await readdir(join(cli.home, 'auths'))).filter((name) => name.endsWith('.json'))).toEqual([]);
});

test('a browser that is opened finishes it alone', { timeout: 60_000 }, async () => {
  const browser = join(cli.home, 'browser.mjs');
  await writeFile(browser, `#!${process.execPath}\nawait fetch(process.argv[2]);\n`, { mode: 0o755 });
  const { waitFor } = await logIn(['--method', 'browser', '--yes', '--callback-port', String(await freePort())], {
    BROWSER: browser,
  });
  const end = await waitFor(/exit code 0/);
  expect(end).toContain('Your browser has been opened');
  expect(end).toContain(`Logged in as ${vendor.account.email}`);
});

test('a code entered on another device finishes it', { timeout: 60_000 }, async () => {
  const { waitFor } = await logIn(['--method', 'device', '--yes']);
  const screen = await waitFor(/code {2}\S+ {2}valid for/);
  vendor.approveDevice(/code {2}(\S+) {2}valid/.exec(screen)?.[1] ?? '');
  expect(await waitFor(/exit code \d/)).toContain(`Logged in as ${vendor.account.email}`);
});

test('Ctrl-C leaves no file, and the port free', { timeout: 60_000 }, async () => {
  const port = String(await freePort());
  const { waitFor, press } = await logIn(['--method', 'browser', '--yes', '--callback-port', port]);
  await waitFor(/paste the address/);
  await press('C-c');
  expect(await waitFor(/exit code 1/)).toContain('cancelled, nothing was saved');
  expect((await readdir(join(cli.home, 'auths')).catch(() => [])).filter((name) => name.endsWith('.json'))).toEqual([]);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
});

test('without a config one is made, and the client key shown this once', { timeout: 60_000 }, async () => {
  const fresh = await build.open();
  try {
    const { code, stdout, stderr } = await fresh.run(['login', 'claude', '--no-browser', '--timeout', '1']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/wrote .*config\.yaml[\s\S]*started the gateway at/);
    expect(await fresh.readConfig()).toMatch(/api-keys:\n {2}- sk-cpx-/);
  } finally {
    await fresh.close();
  }
});
