import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import type { LocalFiles } from '../../../src/daemon/login/local-files.js';
import type { AccountProvider } from '../../../src/daemon/providers/account.js';
import { claudeAccount } from '../../../src/daemon/providers/claude/account.js';
import { codexAccount } from '../../../src/daemon/providers/codex/account.js';
import { copilotAccount } from '../../../src/daemon/providers/copilot/account.js';
import { type GitHubFake, startGitHubFake } from '../../support/oauth/github.js';
import { unsignedJwt } from '../../support/oauth/grants.js';
import { openRenewal, type Renewal } from '../../support/oauth/renewal.js';

const HOUR = 60 * 60_000;
const NOW = 1_790_000_000_000;

/** The files of other programs; reading is all that can be done with them. */
const filesOf = (files: Readonly<Record<string, unknown>>): LocalFiles => ({
  home: '/home/ann',
  env: {},
  read: async (path) => (files[path] === undefined ? undefined : JSON.stringify(files[path])),
});
const at = (ms: number): string => new Date(ms).toISOString();

let vendor: GitHubFake;
let renewal: Renewal;
beforeEach(async () => {
  vendor = await startGitHubFake(() => renewal.clock.now());
  renewal = openRenewal(vendor.endpoints);
});
afterEach(async () => {
  await renewal.close();
  await vendor.close();
});

const refresh = (provider: AccountProvider, fields: JsonObject, files: Readonly<Record<string, unknown>>) =>
  provider.refresh({ cliproxyctl_read_only: true, ...fields }, { ...renewal.context, local: filesOf(files) });

describe('a login that the Codex CLI owns', () => {
  const PATH = '/home/ann/.codex/auth.json';
  const token = (name: string, ends: number): string => unsignedJwt({ name, exp: ends / 1000 });
  const loginOf = (accessToken: string, account = 'acc-1') => ({
    [PATH]: {
      tokens: { access_token: accessToken, refresh_token: 'rt-theirs', id_token: '', account_id: account },
      last_refresh: at(NOW),
    },
  });
  const OURS = { type: 'codex', account_id: 'acc-1', access_token: token('old', NOW), expired: at(NOW) };

  test('is taken over when that has renewed it', async () => {
    const theirs = token('new', NOW + HOUR);
    expect(await refresh(codexAccount, OURS, loginOf(theirs))).toMatchObject({
      kind: 'renewed',
      fields: { access_token: theirs, refresh_token: 'rt-theirs', expired: at(NOW + HOUR) },
    });
    expect(vendor.requests).toEqual([]);
  });

  test.each([
    { name: 'has not renewed it yet', files: loginOf(OURS.access_token), kind: 'failed', says: /use it once/ },
    {
      name: 'has an older one',
      files: loginOf(token('older', NOW - HOUR)),
      kind: 'failed',
      says: /has not done so yet/,
    },
    {
      name: 'is logged in to another account',
      files: loginOf(token('new', NOW + HOUR), 'acc-2'),
      kind: 'login-needed',
      says: /import it again/,
    },
    { name: 'is logged out', files: {}, kind: 'login-needed', says: /log in here/ },
  ])('stays as it is when that $name', async ({ files, kind, says }) => {
    expect(await refresh(codexAccount, OURS, files)).toMatchObject({ kind, reason: expect.stringMatching(says) });
  });

  test('is looked for five minutes before its end, whatever its life', () => {
    const facts = codexAccount.read({ ...OURS, cliproxyctl_read_only: true });
    expect(facts).toMatchObject({ canRefresh: true, refreshLeadMs: 5 * 60_000 });
  });
});

describe('a login that Claude Code owns', () => {
  const files = {
    '/home/ann/.claude/.credentials.json': {
      claudeAiOauth: { accessToken: 'sk-ant-oat-new', refreshToken: 'rt', expiresAt: NOW + HOUR },
    },
  };
  const OURS = { type: 'claude', email: '', access_token: 'sk-ant-oat-old', expired: at(NOW) };

  test('is taken over when that has renewed it', async () => {
    expect(await refresh(claudeAccount, OURS, files)).toMatchObject({
      kind: 'renewed',
      fields: { access_token: 'sk-ant-oat-new', expired: at(NOW + HOUR) },
    });
  });

  test('is not mistaken for that of a known account, since its file names nobody', async () => {
    expect(await refresh(claudeAccount, { ...OURS, email: 'ann@example.com' }, files)).toMatchObject({
      kind: 'login-needed',
    });
  });
});

describe('a token that was taken from an editor', () => {
  const files = { '/home/ann/.config/github-copilot/apps.json': { 'github.com:Iv1': { oauth_token: 'ghu_new' } } };
  const OURS = { type: 'github-copilot', username: 'ann', access_token: 'ghu_old' };

  test('is followed there once GitHub has revoked it', async () => {
    vendor.addToken('ghu_new');
    expect(await refresh(copilotAccount, OURS, files)).toEqual({
      kind: 'renewed',
      fields: { access_token: 'ghu_new' },
    });
  });

  test.each([
    {
      name: 'is the same',
      files: { '/home/ann/.config/github-copilot/apps.json': { 'github.com': { oauth_token: 'ghu_old' } } },
    },
    { name: 'is gone', files: {} },
    { name: 'is revoked as well', files },
  ])('needs a login when the one of the editor $name', async ({ files: given }) => {
    expect(await refresh(copilotAccount, OURS, given)).toMatchObject({ kind: 'login-needed' });
  });

  test('is not exchanged for that of another person', async () => {
    vendor.addToken('ghu_new');
    vendor.user = { ...vendor.user, login: 'bob' };
    expect(await refresh(copilotAccount, OURS, files)).toMatchObject({ kind: 'login-needed' });
  });

  test('is asked about when it was refused, and never by the clock', () => {
    expect(copilotAccount.read(OURS)).toMatchObject({ canRefresh: true, isAskedAfterRefusal: true });
  });
});
