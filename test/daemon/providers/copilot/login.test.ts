import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copilotLogins } from '../../../../src/daemon/providers/copilot/login.js';
import { type GitHubFake, startGitHubFake } from '../../../support/oauth/github.js';
import { openTestLogins, type TestLogins, type TestLoginsOptions } from '../../../support/oauth/logins.js';

const MINUTE = 60_000;
const POLL = 'POST /login/oauth/access_token';
const FILE = 'github-copilot-ann.json';

let vendor: GitHubFake;
let logins: TestLogins;
let time: () => number;

const open = (options: Partial<TestLoginsOptions> = {}): TestLogins =>
  openTestLogins({
    methods: copilotLogins,
    settings: { endpoints: vendor.endpoints, upstreamUrl: vendor.upstreamUrl },
    ...options,
  });

beforeEach(async () => {
  vendor = await startGitHubFake(() => time());
  logins = open();
  time = logins.clock.now;
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

const polls = (): number => vendor.requests.filter(({ route }) => route === POLL).length;

async function nextPoll(stepMs: number): Promise<void> {
  const before = polls();
  await logins.clock.someoneSleeps(4 * MINUTE);
  logins.clock.advance(stepMs);
  await vendor.asked(POLL, before + 1);
}

test('a login by code ends as a credential file of the other gateways, with the client that it was issued to', async () => {
  const id = await logins.start();
  const shown = await logins.event(id, 'device-code');
  expect(shown).toMatchObject({ url: `${vendor.url}/login/device`, expiresAt: logins.clock.now() + 15 * MINUTE });
  await nextPoll(6_000);
  vendor.approve(shown.userCode);
  await nextPoll(6_000);
  const { result } = await logins.end(id);
  expect(result).toEqual({ credential: `acme:${FILE}`, name: FILE, label: 'ann', replaced: false });
  expect((await logins.stored())[FILE]).toEqual({
    type: 'github-copilot',
    access_token: expect.stringMatching(/^ghu_/),
    token_type: 'bearer',
    scope: 'read:user',
    expires_at: '',
    client_id: 'Iv1.b507a08c87ecfe98',
    username: 'ann',
    email: 'ann@example.com',
    name: 'Ann',
    timestamp: logins.clock.now(),
  });
});

test.each([
  { name: 'with the interval it names', body: { error: 'slow_down', interval: 20 }, next: 21_000 },
  { name: 'by five seconds where it names none', body: { error: 'slow_down' }, next: 11_000 },
])('slow_down slows the polling for good, $name', async ({ body, next }) => {
  vendor.next(POLL, { body }, { body: { error: 'authorization_pending' } });
  const id = await logins.start();
  await logins.event(id, 'device-code');
  await nextPoll(6_000);
  await nextPoll(next);
  await logins.clock.someoneSleeps(4 * MINUTE);
  expect(logins.clock.slept.filter((ms) => ms < MINUTE)).toEqual([6_000, next, next]);
});

test('polls on time never cost a slow_down', async () => {
  const id = await logins.start();
  const { userCode } = await logins.event(id, 'device-code');
  for (let count = 0; count < 5; count++) await nextPoll(6_000);
  vendor.approve(userCode);
  await nextPoll(6_000);
  await logins.end(id);
  expect(new Set(logins.clock.slept.filter((ms) => ms < MINUTE))).toEqual(new Set([6_000]));
});

test.each([
  { name: 'the person refuses', body: { error: 'access_denied' }, code: 'login_denied' },
  { name: 'the code has expired', body: { error: 'expired_token' }, code: 'login_expired' },
  { name: 'the client may not do this', body: { error: 'incorrect_client_credentials' }, code: 'login_refused' },
])('ends when $name', async ({ body, code }) => {
  vendor.next(POLL, { body });
  const id = await logins.start();
  await logins.event(id, 'device-code');
  await nextPoll(6_000);
  expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code } });
  expect(await logins.stored()).toEqual({});
});

test('an error with status 200 at the start is an error', async () => {
  vendor.next('POST /login/device/code', { body: { error: 'device_flow_disabled', error_description: 'not for you' } });
  const id = await logins.start();
  expect((await logins.end(id)).error).toMatchObject({ message: 'GitHub gave no code: not for you (HTTP 200)' });
});

test('a code is never polled past its end, and at most fifteen minutes', async () => {
  vendor.next('POST /login/device/code', {
    body: {
      device_code: 'dc',
      user_code: 'AB',
      verification_uri: 'https://x.example',
      expires_in: 86_400,
      interval: 5,
    },
  });
  const id = await logins.start();
  expect((await logins.event(id, 'device-code')).expiresAt).toBe(logins.clock.now() + 15 * MINUTE);
  await logins.clock.someoneSleeps(4 * MINUTE);
  logins.clock.advance(15 * MINUTE);
  expect((await logins.end(id)).error?.code).toBe('login_expired');
  expect(polls()).toBe(0);
});

test.each(['GET /api/user', 'GET /api/copilot_internal/v2/token', 'GET /copilot/models'])(
  'cancelled while %s hangs, it keeps nothing',
  async (route) => {
    vendor.next(route, { hangs: true });
    const id = await logins.start();
    vendor.approve((await logins.event(id, 'device-code')).userCode);
    await nextPoll(6_000);
    await vendor.asked(route);
    expect(logins.sessions.cancel(id)).toBe(true);
    expect((await logins.end(id)).state).toBe('cancelled');
    expect(await logins.stored()).toEqual({});
  },
);

test('an account without Copilot is kept, and told', async () => {
  vendor.hasCopilot = false;
  const id = await logins.start();
  vendor.approve((await logins.event(id, 'device-code')).userCode);
  await nextPoll(6_000);
  expect((await logins.end(id)).result?.warning).toContain('login ok, but no Copilot access');
  expect(Object.keys(await logins.stored())).toEqual([FILE]);
});

test('a user lookup that fails costs the name only', async () => {
  vendor.next('GET /api/user', { status: 500 });
  const id = await logins.start();
  vendor.approve((await logins.event(id, 'device-code')).userCode);
  await nextPoll(6_000);
  expect((await logins.end(id)).result).toMatchObject({ name: 'github-copilot-github-user.json' });
});

test('the same user again takes the place of the old file', async () => {
  await logins.store.write('mine.json', {
    type: 'copilot',
    access_token: 'gho_old',
    username: 'Ann',
    weight: 3,
  });
  const id = await logins.start();
  vendor.approve((await logins.event(id, 'device-code')).userCode);
  await nextPoll(6_000);
  expect((await logins.end(id)).result).toMatchObject({ name: 'mine.json', replaced: true });
  expect((await logins.stored())['mine.json']).toMatchObject({
    weight: 3,
    access_token: expect.stringMatching(/^ghu_/),
  });
});

describe('a GitHub token', () => {
  const enter = async (token: string) => {
    const id = await logins.start({ method: 'token' });
    expect(await logins.event(id, 'question')).toMatchObject({ id: 'token', secret: true });
    logins.sessions.answer({ id, question: 'token', value: token });
    return logins.end(id);
  };

  test.each([
    { name: 'fine-grained is used as it is', token: 'github_pat_1', mode: 'direct' },
    { name: 'of an app is used as it turns out', token: 'gho_1', mode: undefined },
  ])('$name', async ({ token, mode }) => {
    vendor.addToken(token);
    expect((await enter(token)).state).toBe('succeeded');
    expect((await logins.stored())[FILE]?.['auth_mode']).toBe(mode);
  });

  test.each([
    { name: 'classic', token: 'ghp_abc', says: 'no classic tokens' },
    { name: 'unknown to GitHub', token: 'gho_unknown', says: 'does not know this token' },
    { name: 'no token at all', token: 'hunter2', says: 'no GitHub token' },
  ])('that is $name is refused, and not repeated', async ({ token, says }) => {
    const { error } = await enter(token);
    expect(error).toMatchObject({ code: 'login_refused', message: expect.stringContaining(says) });
    expect(JSON.stringify(error)).not.toContain(token);
    expect(await logins.stored()).toEqual({});
  });
});

describe('the login of an editor', () => {
  const path = '/home/ann/.config/github-copilot';
  const takeOver = async (files: Record<string, string>, options: Record<string, string> = {}) => {
    const own = open({ files });
    time = own.clock.now;
    const id = await own.start({ method: 'import', options });
    const end = await own.end(id);
    const stored = await own.stored();
    await own.close();
    return { end, stored };
  };

  test.each([
    { name: 'apps.json', file: `${path}/apps.json`, key: 'github.com:Iv1.b507a08c87ecfe98' },
    { name: 'hosts.json', file: `${path}/hosts.json`, key: 'github.com' },
  ])('is found in $name and taken over for reading only', async ({ file, key }) => {
    vendor.addToken('ghu_editor');
    const text = JSON.stringify({
      'github.com.evil.example': { oauth_token: 'x' },
      [key]: { oauth_token: 'ghu_editor' },
    });
    const { end, stored } = await takeOver({ [file]: text });
    expect(end.state).toBe('succeeded');
    expect(stored[FILE]).toMatchObject({ access_token: 'ghu_editor', cliproxyctl_read_only: true });
  });

  test('that is not there is said', async () => {
    const { end } = await takeOver({});
    expect(end.error).toMatchObject({ code: 'login_source_missing', message: expect.stringContaining('github.com') });
  });

  test('of an enterprise is found by its host name', async () => {
    vendor.addToken('ghu_company');
    const text = JSON.stringify({
      'github.com': { oauth_token: 'no' },
      'company.ghe.com:1': { oauth_token: 'ghu_company' },
    });
    const { stored } = await takeOver({ [`${path}/hosts.json`]: text }, { enterprise: 'https://company.ghe.com/' });
    expect(stored[FILE]).toMatchObject({ access_token: 'ghu_company', enterprise_url: 'company.ghe.com' });
  });
});

test('an enterprise that is no host name is said before anything is sent', async () => {
  const id = await logins.start({ options: { enterprise: 'not a host' } });
  expect((await logins.end(id)).error).toMatchObject({ code: 'login_option_invalid' });
  expect(vendor.requests).toEqual([]);
});
