import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { codexLogins } from '../../../../src/daemon/providers/codex/login.js';
import { type CodexFake, startCodexFake } from '../../../support/oauth/codex.js';
import { unsignedJwt } from '../../../support/oauth/grants.js';
import { consent, follow, openTestLogins, type TestLogins } from '../../../support/oauth/logins.js';

const MINUTE = 60_000;
const hash8 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
const FILE = `codex-${hash8('acc-1111')}-ann@example.com-plus.json`;
const DEVICE_TOKEN = 'POST /api/accounts/deviceauth/token';

let vendor: CodexFake;
let logins: TestLogins;

beforeEach(async () => {
  vendor = await startCodexFake();
  logins = openTestLogins({ methods: codexLogins, settings: { endpoints: vendor.endpoints } });
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

const asked = (route: string): number => vendor.requests.filter((request) => request.route === route).length;

/** Lets the next poll happen, and waits until it has come. */
async function nextPoll(route: string, stepMs: number): Promise<void> {
  const before = asked(route);
  await logins.clock.someoneSleeps(4 * MINUTE);
  logins.clock.advance(stepMs);
  await vendor.asked(route, before + 1);
}

test('a login in the browser ends as a credential file named by workspace, person and plan', async () => {
  const id = await logins.start({ method: 'browser' });
  const { url } = await logins.event(id, 'open-url');
  await follow(await consent(url));
  expect((await logins.end(id)).result).toMatchObject({ name: FILE, label: 'ann@example.com', replaced: false });
  expect((await logins.stored())[FILE]).toEqual({
    type: 'codex',
    id_token: expect.stringMatching(/^\S+\.\S+\.\S+$/),
    access_token: expect.stringMatching(/^\S+\.\S+\.\S+$/),
    refresh_token: expect.stringMatching(/^rt-/),
    account_id: 'acc-1111',
    email: 'ann@example.com',
    last_refresh: new Date(logins.clock.now()).toISOString(),
    expired: new Date(logins.clock.now() + 864_000_000).toISOString(),
  });
});

test('another account, and one workspace, are asked for where the person says so', async () => {
  const id = await logins.start({ method: 'browser', options: { prompt: 'login', workspace: 'acc-2222' } });
  const { url } = await logins.event(id, 'open-url');
  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
    prompt: 'login',
    allowed_workspace_id: 'acc-2222',
  });
  await follow(await consent(url));
  expect((await logins.end(id)).state).toBe('succeeded');
});

test('a login by code on another device polls until the person has entered it', async () => {
  const id = await logins.start({ method: 'device' });
  const shown = await logins.event(id, 'device-code');
  expect(shown).toMatchObject({ url: `${vendor.url}/codex/device`, expiresAt: logins.clock.now() + 15 * MINUTE });
  await nextPoll(DEVICE_TOKEN, 8_000);
  await nextPoll(DEVICE_TOKEN, 8_000);
  vendor.approveDevice(shown.userCode);
  await nextPoll(DEVICE_TOKEN, 8_000);
  expect((await logins.end(id)).result).toMatchObject({ name: FILE });
  expect(asked(DEVICE_TOKEN)).toBe(3);
});

test.each([
  { name: '403', answer: { status: 403 } },
  { name: '404', answer: { status: 404 } },
  { name: '503', answer: { status: 503 } },
  { name: '429', answer: { status: 429, headers: { 'retry-after': '9' } } },
  { name: 'a broken connection', answer: { breaks: true } },
])('$name while polling is waited out', async ({ answer }) => {
  vendor.next(DEVICE_TOKEN, answer);
  const id = await logins.start({ method: 'device' });
  vendor.approveDevice((await logins.event(id, 'device-code')).userCode);
  await nextPoll(DEVICE_TOKEN, 8_000);
  await nextPoll(DEVICE_TOKEN, 20_000);
  expect((await logins.end(id)).state).toBe('succeeded');
});

test.each([
  { name: 'a number', interval: 7, slept: 10_000 },
  { name: 'a text', interval: '7', slept: 10_000 },
  { name: 'missing', interval: undefined, slept: 8_000 },
  { name: 'nonsense', interval: 'soon', slept: 8_000 },
  { name: 'too short', interval: 0.2, slept: 4_000 },
])('an interval that is $name is understood', async ({ interval, slept }) => {
  vendor.next('POST /api/accounts/deviceauth/usercode', {
    body: { device_auth_id: 'da_1', usercode: 'ABCD-EFGH', interval },
  });
  const id = await logins.start({ method: 'device' });
  expect((await logins.event(id, 'device-code')).userCode).toBe('ABCD-EFGH');
  await logins.clock.someoneSleeps(4 * MINUTE);
  expect(logins.clock.slept).toContain(slept);
});

test('a code that nobody enters expires after fifteen minutes', async () => {
  const id = await logins.start({ method: 'device' });
  await logins.event(id, 'device-code');
  await logins.clock.someoneSleeps(4 * MINUTE);
  logins.clock.advance(15 * MINUTE);
  expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code: 'login_expired' } });
  expect(asked(DEVICE_TOKEN)).toBe(0);
});

describe('browser and code race', () => {
  test('the browser wins: the polling stops, and one credential is kept', async () => {
    const id = await logins.start();
    const { userCode } = await logins.event(id, 'device-code');
    const { url } = await logins.event(id, 'open-url');
    vendor.approveDevice(userCode);
    await follow(await consent(url));
    expect((await logins.end(id)).state).toBe('succeeded');
    logins.clock.advance(MINUTE);
    expect(asked(DEVICE_TOKEN)).toBe(0);
    expect(asked('POST /oauth/token')).toBe(1);
  });

  test('the code wins: the port is free again, and one credential is kept', async () => {
    const id = await logins.start();
    const { userCode } = await logins.event(id, 'device-code');
    const location = await consent((await logins.event(id, 'open-url')).url);
    vendor.approveDevice(userCode);
    await nextPoll(DEVICE_TOKEN, 8_000);
    expect((await logins.end(id)).state).toBe('succeeded');
    await expect(fetch(location)).rejects.toThrow('fetch failed');
    expect(asked('POST /oauth/token')).toBe(1);
  });

  test('where the login by code is not offered, the browser goes on alone and says so', async () => {
    vendor.next('POST /api/accounts/deviceauth/usercode', { status: 404 });
    const id = await logins.start();
    const { message } = await logins.event(id, 'progress');
    expect(message).toContain('does not offer the login by code');
    await follow(await consent((await logins.event(id, 'open-url')).url));
    expect((await logins.end(id)).state).toBe('succeeded');
  });

  test('a code that is refused after it won ends the login: the others were called off', async () => {
    vendor.next('POST /oauth/token', { status: 400, body: { error: { code: 'invalid_grant', message: 'spent' } } });
    const id = await logins.start();
    await logins.event(id, 'device-code');
    await follow(await consent((await logins.event(id, 'open-url')).url));
    expect(await logins.end(id)).toMatchObject({
      state: 'failed',
      error: { code: 'login_refused', message: 'OpenAI did not take the code: spent (HTTP 400)' },
    });
    expect(await logins.stored()).toEqual({});
  });
});

test.each(['POST /api/accounts/deviceauth/usercode', DEVICE_TOKEN, 'POST /oauth/token'])(
  'cancelled while %s hangs, it keeps nothing',
  async (route) => {
    vendor.next(route, { hangs: true });
    const id = await logins.start({ method: 'device' });
    if (route !== 'POST /api/accounts/deviceauth/usercode') {
      vendor.approveDevice((await logins.event(id, 'device-code')).userCode);
      await nextPoll(DEVICE_TOKEN, 8_000);
    }
    await vendor.asked(route);
    expect(logins.sessions.cancel(id)).toBe(true);
    expect((await logins.end(id)).state).toBe('cancelled');
    await logins.sessions.close();
    expect(await logins.stored()).toEqual({});
  },
);

test('accounts are told apart by workspace and person, not by plan', async () => {
  for (const account of [
    { email: 'ann@example.com', id: 'acc-1', plan: 'team' },
    { email: 'ann@example.com', id: 'acc-2', plan: 'Plus Plan!' },
    { email: 'bob@example.com', id: 'acc-1', plan: 'team' },
    { email: 'ann@example.com', id: 'acc-1', plan: 'pro' },
  ]) {
    vendor.account = account;
    const id = await logins.start({ method: 'browser' });
    await follow(await consent((await logins.event(id, 'open-url')).url));
    await logins.end(id);
  }
  // The last one is the first one on another plan: its file keeps its name.
  expect(Object.keys(await logins.stored()).sort()).toEqual(
    [
      `codex-${hash8('acc-1')}-ann@example.com-team.json`,
      `codex-${hash8('acc-2')}-ann@example.com-plus-plan.json`,
      `codex-${hash8('acc-1')}-bob@example.com-team.json`,
    ].sort(),
  );
});

test('an answer without expires_in is dated by the life of the token, whatever the vendor says the time is', async () => {
  const access = unsignedJwt({ iat: 1_000, exp: 1_000 + 7_200 });
  vendor.next('POST /oauth/token', { body: { access_token: access, refresh_token: 'rt-1' } });
  const id = await logins.start({ method: 'browser' });
  await follow(await consent((await logins.event(id, 'open-url')).url));
  await logins.end(id);
  const [file] = Object.values(await logins.stored());
  expect(file?.['expired']).toBe(new Date(logins.clock.now() + 7_200_000).toISOString());
});

describe('the login of the Codex CLI', () => {
  const access = unsignedJwt({
    exp: 1_790_100_000,
    email: 'ann@example.com',
    'https://api.openai.com/auth': { chatgpt_account_id: 'acc-1111', chatgpt_plan_type: 'plus' },
  });
  const auth = JSON.stringify({
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: { id_token: access, access_token: access, refresh_token: 'rt-cli', account_id: 'acc-1111' },
    last_refresh: '2026-09-01T10:00:00Z',
  });
  const takeOver = async (options: { files: Record<string, string>; env?: Record<string, string>; own?: boolean }) => {
    const own = openTestLogins({ methods: codexLogins, files: options.files, env: options.env ?? {} });
    const id = await own.start({ method: 'import', ...(options.own ? { options: { own: 'true' } } : {}) });
    const end = await own.end(id);
    const stored = await own.stored();
    await own.close();
    return { end, stored };
  };

  test('is taken over for reading only: its refresh token stays the CLI’s', async () => {
    const { end, stored } = await takeOver({ files: { '/home/ann/.codex/auth.json': auth } });
    expect(end.result).toMatchObject({ name: FILE, warning: expect.stringContaining('goes on owning') });
    expect(stored[FILE]).toMatchObject({
      refresh_token: 'rt-cli',
      expired: new Date(1_790_100_000_000).toISOString(),
      last_refresh: '2026-09-01T10:00:00.000Z',
      cliproxyctl_read_only: true,
    });
  });

  test('is ours where the person says so, and is found where CODEX_HOME points', async () => {
    const files = { '/elsewhere/auth.json': auth };
    const { end, stored } = await takeOver({ files, env: { CODEX_HOME: '/elsewhere' }, own: true });
    expect(end.result?.warning).toContain('renewed here from now on');
    expect(stored[FILE]).not.toHaveProperty('cliproxyctl_read_only');
  });

  test.each([
    { name: 'is not there', files: {} },
    { name: 'is an API key', files: { '/home/ann/.codex/auth.json': '{"OPENAI_API_KEY":"sk-1","tokens":null}' } },
    { name: 'is no JSON', files: { '/home/ann/.codex/auth.json': '{' } },
  ])('that $name is said, with what to do', async ({ files }) => {
    const { end, stored } = await takeOver({ files });
    expect(end.error).toMatchObject({ code: 'login_source_missing', hint: expect.stringContaining('codex login') });
    expect(stored).toEqual({});
  });
});
