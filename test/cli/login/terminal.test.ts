import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../../src/shared/errors.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import {
  AUTHORIZE_URL,
  claudeLogin,
  copilotLogin,
  loggedIn,
  type ScriptedLogin,
  type StubDaemon,
  scriptLogin,
  startStubDaemon,
} from '../../support/stub-daemon.js';
import { openTerminal, type Terminal } from '../../support/terminal.js';

let build: CliBuild;
let cli: Cli;
let daemon: StubDaemon;
let terminal: Terminal;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  await cli.writeConfig('port: 0\napi-keys: [sk-client-key-0123456789]\n');
});
afterEach(async () => {
  await terminal.close();
  await daemon.close();
  await cli.close();
});

const BROWSER_LOGIN = [
  { type: 'open-url', url: AUTHORIZE_URL, redirectUri: 'http://localhost:54545/callback' },
] as const;

async function open(login: ScriptedLogin, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  daemon = await startStubDaemon(cli, {
    listLoginProviders: async () => ({ providers: [claudeLogin, copilotLogin] }),
    showCredential: async () => loggedIn(['claude-opus-4-5', 'claude-haiku-4-5']),
    ...login.handlers,
  });
  terminal = await openTerminal({
    command: [process.execPath, cli.script, 'login', ...args],
    env: { ...cli.env, ...env },
    cwd: cli.home,
    columns: 80,
  });
}

test('a person reads the policy, agrees, pastes the address, mistypes once, and is logged in', {
  timeout: 60_000,
}, async () => {
  const pasted = 'http://localhost:54545/callback?code=C0de&state=abcdefghijklmnopqrstuvwxyz0123456789';
  const login = scriptLogin(BROWSER_LOGIN, ({ value }, { tell, succeed }) => {
    if (value !== pasted) throw new AppError('login_answer_invalid', 'this is not the address of this login');
    tell({ type: 'progress', message: 'exchanging the code' });
    succeed();
  });
  await open(login, ['claude', '--no-browser']);
  const card = await terminal.waitFor(/Log in\?/);
  expect(card).toMatch(/unclear in its terms[\s\S]*the consent page will name Claude Code[\s\S]*vendor\.test\/terms/);
  await terminal.press('Enter');
  const address = await terminal.waitFor(/paste the address/);
  expect(address.replaceAll('\n', '')).toContain(AUTHORIZE_URL);
  await terminal.type('nonsense');
  await terminal.press('Enter');
  await terminal.waitFor(/not the address of this login[\s\S]*paste the address/);
  await terminal.type(pasted);
  await terminal.press('Enter');
  const end = await terminal.waitFor(/exit code 0/);
  expect(end).toMatch(/Logged in as ann@example\.test/);
  expect(end).toMatch(/claude-ann@example\.test\.json/);
  expect(end).toMatch(/models +2\n/);
  expect(end).toContain('ANTHROPIC_BASE_URL=http://127.0.0.1:8317');
  expect(end).not.toContain('C0de');
  expect(daemon.inputsOf('answerLogin')).toEqual([
    { id: 'login-1', value: 'nonsense' },
    { id: 'login-1', value: pasted },
  ]);
});

test('a device code is shown with its page and a QR code, until it is confirmed elsewhere', {
  timeout: 60_000,
}, async () => {
  const login = scriptLogin([
    {
      type: 'device-code',
      url: 'https://vendor.test/device',
      userCode: 'WDJB-MJHT',
      expiresAt: Date.now() + 900_000,
    },
  ]);
  await open(login, ['copilot', '--yes']);
  const screen = await terminal.waitFor(/Waiting for GitHub Copilot/);
  expect(screen).toMatch(/page {2}https:\/\/vendor\.test\/device/);
  expect(screen).toMatch(/code {2}WDJB-MJHT {2}valid for (15 min|14 min \d+ s)/);
  expect(screen).toMatch(/██ ▄▄▄▄▄ █.*█ ▄▄▄▄▄ ██/);
  login.succeed({ label: 'ann', name: 'github-copilot-ann.json', warning: 'no Copilot plan was found' });
  const end = await terminal.waitFor(/exit code 0/);
  expect(end).toMatch(/Logged in as ann/);
  expect(end).toContain('warning: no Copilot plan was found');
  expect(daemon.inputsOf('startLogin')).toEqual([{ provider: 'github-copilot' }]);
});

test('over SSH the tunnel and the paste are offered at once', { timeout: 60_000 }, async () => {
  await open(scriptLogin(BROWSER_LOGIN), ['claude', '--yes'], {
    SSH_CONNECTION: '192.0.2.9 50000 192.0.2.7 2222',
    USER: 'ann',
  });
  const screen = await terminal.waitFor(/paste the address/);
  expect(screen).toContain('ssh -N -L 54545:127.0.0.1:54545 -p 2222 ann@192.0.2.7');
});

test.each([
  { name: 'while it waits', args: ['copilot', '--yes'], until: /Waiting for/ },
  { name: 'at the paste', args: ['claude', '--yes', '--no-browser'], until: /paste the address/ },
])('Ctrl-C $name cancels the login, and nothing is saved', { timeout: 60_000 }, async ({ args, until }) => {
  const device = { type: 'device-code', url: 'https://vendor.test/d', userCode: 'AB-CD', expiresAt: Date.now() + 9e5 };
  await open(scriptLogin(args[0] === 'copilot' ? [{ ...device, type: 'device-code' }] : BROWSER_LOGIN), args);
  await terminal.waitFor(until);
  await terminal.press('C-c');
  const end = await terminal.waitFor(/exit code 1/);
  expect(end).toContain('cancelled, nothing was saved');
  expect(daemon.inputsOf('cancelLogin')).toEqual([{ id: 'login-1' }]);
});

test('no to the policy card starts nothing', { timeout: 60_000 }, async () => {
  await open(scriptLogin(BROWSER_LOGIN), ['claude']);
  await terminal.waitFor(/Log in\?/);
  await terminal.type('n');
  await terminal.press('Enter');
  expect(await terminal.waitFor(/exit code 1/)).toContain('cancelled, nothing was saved');
  expect(daemon.inputsOf('startLogin')).toEqual([]);
});

test('a question is asked, a secret one without showing it', { timeout: 60_000 }, async () => {
  const login = scriptLogin(
    [{ type: 'question', id: 'token', message: 'The token of `claude setup-token`?', secret: true }],
    (_, { succeed }) => succeed(),
  );
  await open(login, ['claude', '--yes', '--method', 'token']);
  await terminal.waitFor(/setup-token/);
  await terminal.type('sk-ant-oat01-secret');
  await terminal.waitFor(/\*{19}/);
  await terminal.press('Enter');
  const end = await terminal.waitFor(/exit code 0/);
  expect(end).not.toContain('sk-ant-oat01');
  expect(daemon.inputsOf('answerLogin')).toEqual([{ id: 'login-1', question: 'token', value: 'sk-ant-oat01-secret' }]);
});
