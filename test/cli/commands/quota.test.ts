import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AccountQuota } from '../../../src/shared/contract/credentials.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { loggedIn, type StubDaemon, startStubDaemon } from '../../support/stub-daemon.js';
import { openTerminal } from '../../support/terminal.js';

let build: CliBuild;
let cli: Cli;
let daemon: StubDaemon;
let account: AccountQuota;
let isOver = false;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  isOver = false;
  account = {
    credential: 'c1a0de00',
    label: 'ann@example.test',
    provider: 'claude',
    plan: 'max',
    source: 'response-headers',
    at: Date.now() - 60_000,
    windows: [
      { id: 'five_hour', title: '5 hours', usedPercent: 42, resetsAt: Date.now() + 8_000_000 },
      { id: 'seven_day', title: '7 days', usedPercent: 93, resetsAt: Date.now() + 300_000_000 },
    ],
  };
  const refresh = { state: 'login-needed' as const, reason: 'invalid_grant' };
  daemon = await startStubDaemon(cli, {
    listCredentials: async () => ({ credentials: [{ ...loggedIn([]), ...(isOver ? { refresh } : {}) }] }),
    getQuota: async () => ({ accounts: [account] }),
  });
});
afterEach(async () => {
  await daemon.close();
  await cli.close();
});

test('what is known is shown, without asking the vendor', async () => {
  const { code, stdout } = await cli.run(['quota']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ann@example\.test {2}claude max[\s\S]*5 hours +█.* 42% +58% +in 2 h/);
  expect(daemon.inputsOf('getQuota')).toEqual([{}]);
});

test('one account is found by the beginning of its name, and asked anew with --refresh', async () => {
  const { details, code } = await cli.json(['quota', 'ann', '--refresh']);
  expect({ code, details }).toEqual({ code: 0, details: { accounts: [account] } });
  expect(daemon.inputsOf('getQuota')).toEqual([{ id: 'c1a0de00', refresh: true }]);
});

test('an account that needs a login is exit code 4, and says how', async () => {
  isOver = true;
  const { code, stderr } = await cli.run(['quota', 'ann']);
  expect(code).toBe(4);
  expect(stderr).toContain('cliproxyctl login claude');
});

test('vendors are not asked every few seconds', async () => {
  const { code, stderr } = await cli.run(['quota', '--watch', '--refresh']);
  expect(code).toBe(2);
  expect(stderr).toContain('--interval 60');
});

test('on a terminal it is shown again and again in one place, until Ctrl-C', { timeout: 60_000 }, async () => {
  const terminal = await openTerminal({
    command: [process.execPath, cli.script, 'quota', '--watch', '--interval', '1'],
    env: cli.env,
    cwd: cli.home,
    columns: 80,
  });
  try {
    await terminal.waitFor(/42%/);
    account = { ...account, windows: [{ id: 'five_hour', title: '5 hours', usedPercent: 77 }] };
    const screen = await terminal.waitFor(/77%/);
    expect(screen).not.toContain('42%');
    await terminal.press('C-c');
    await terminal.waitFor(/exit code 0/);
  } finally {
    await terminal.close();
  }
});
