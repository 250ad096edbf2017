import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoginMethod } from '../../../../src/daemon/login/method.js';
import { claudeLogins } from '../../../../src/daemon/providers/claude/login.js';
import { type ClaudeFake, startClaudeFake } from '../../../support/oauth/claude.js';
import { consent, follow, openTestLogins, type TestLogins } from '../../../support/oauth/logins.js';

let vendor: ClaudeFake;
let logins: TestLogins;

beforeEach(async () => {
  vendor = await startClaudeFake();
  logins = openTestLogins({ methods: claudeLogins, settings: { endpoints: vendor.endpoints } });
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

const browserLogin = async (): Promise<string> => logins.start({ method: 'browser' });

test('a login in the browser ends as a credential file with the members of the other gateways', async () => {
  const id = await browserLogin();
  const { url, redirectUri } = await logins.event(id, 'open-url');
  expect(redirectUri).toMatch(/^http:\/\/localhost:\d+\/callback$/);
  const page = await follow(await consent(url));
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining('Answer received') });
  const { state, result } = await logins.end(id);
  expect(state).toBe('succeeded');
  expect(result).toEqual({
    credential: 'acme:claude-ann@example.com.json',
    name: 'claude-ann@example.com.json',
    label: 'ann@example.com',
    replaced: false,
  });
  expect(await logins.stored()).toEqual({
    'claude-ann@example.com.json': {
      type: 'claude',
      id_token: '',
      access_token: expect.stringMatching(/^sk-ant-oat01-/),
      refresh_token: expect.stringMatching(/^sk-ant-ort01-/),
      scope: 'user:inference user:profile',
      email: 'ann@example.com',
      account_uuid: 'acc-1',
      organization_uuid: 'org-1',
      organization_name: "Ann's Org",
      plan: 'max',
      last_refresh: new Date(logins.clock.now()).toISOString(),
      expired: new Date(logins.clock.now() + 28_800_000).toISOString(),
    },
  });
});

test.each([
  { name: 'the address the browser ended at', paste: (location: string) => `  ${location}\n` },
  { name: 'code#state, as the page shows it', paste: (location: string) => new URL(location).searchParams.get('code') },
  {
    name: 'the code alone',
    paste: (location: string) => new URL(location).searchParams.get('code')?.split('#')[0],
  },
  { name: 'the query alone', paste: (location: string) => new URL(location).search },
])('takes $name pasted, without a browser on this machine', async ({ paste }) => {
  const id = await browserLogin();
  const { url } = await logins.event(id, 'open-url');
  logins.sessions.answer({ id, value: paste(await consent(url)) ?? '' });
  expect(await logins.end(id)).toMatchObject({ state: 'succeeded', result: { label: 'ann@example.com' } });
});

describe('what is not this login is refused, and the login goes on', () => {
  test.each([
    { name: 'a foreign state', change: (url: URL) => url.searchParams.set('state', 'x'.repeat(43)) },
    {
      name: 'a foreign state in the code',
      change: (url: URL) => url.searchParams.set('code', `${url.searchParams.get('code')?.split('#')[0]}#foreign`),
    },
    { name: 'no state', change: (url: URL) => url.searchParams.delete('state') },
  ])('$name', async ({ change }) => {
    const id = await browserLogin();
    const { url } = await logins.event(id, 'open-url');
    const right = await consent(url);
    const wrong = new URL(right);
    change(wrong);
    expect(await follow(wrong.href)).toMatchObject({ status: 400, text: expect.stringContaining('Unknown login') });
    expect(() => logins.sessions.answer({ id, value: wrong.href })).toThrow('belongs to another login');
    expect(vendor.requests.filter(({ route }) => route === 'POST /v1/oauth/token')).toEqual([]);
    await follow(right);
    expect(await logins.end(id)).toMatchObject({ state: 'succeeded' });
  });
});

test('a refusal on the consent page ends the login and is shown as what it is', async () => {
  const id = await browserLogin();
  const { url, redirectUri } = await logins.event(id, 'open-url');
  const denied = new URL(redirectUri);
  denied.searchParams.set('error', 'access_denied');
  denied.searchParams.set('error_description', 'The <b>user</b> said no');
  denied.searchParams.set('state', new URL(url).searchParams.get('state') ?? '');
  const page = await follow(denied.href);
  expect(page.text).toContain('The &lt;b&gt;user&lt;/b&gt; said no');
  expect(await logins.end(id)).toMatchObject({
    state: 'failed',
    error: { code: 'login_denied', message: 'the login was refused: The <b>user</b> said no' },
  });
  expect(await logins.stored()).toEqual({});
});

test('a refused code is told without the code, and nothing is kept', async () => {
  const id = await browserLogin();
  const { url } = await logins.event(id, 'open-url');
  logins.sessions.answer({ id, value: 'made-up-code' });
  const { state, error } = await logins.end(id);
  expect(state).toBe('failed');
  expect(error).toMatchObject({ code: 'login_refused', message: expect.stringContaining('unknown or spent: ***') });
  expect(JSON.stringify(error)).not.toContain('made-up-code');
  expect(url).not.toContain('code_verifier');
  expect(await logins.stored()).toEqual({});
});

test('a 429 on the exchange is told and not tried again', async () => {
  vendor.next('POST /v1/oauth/token', { status: 429, body: { error: { type: 'rate_limit_error', message: 'slow' } } });
  const id = await browserLogin();
  await follow(await consent((await logins.event(id, 'open-url')).url));
  const { error } = await logins.end(id);
  expect(error).toMatchObject({ code: 'login_refused', hint: expect.stringContaining('API key') });
  expect(vendor.requests.filter(({ route }) => route === 'POST /v1/oauth/token')).toHaveLength(1);
});

test.each([
  { name: 'is down', answer: { status: 503 } },
  { name: 'breaks off', answer: { breaks: true } },
  { name: 'says no JSON', answer: { body: '<html>' } },
])('a profile that $name fails no login', async ({ answer }) => {
  vendor.next('GET /api/oauth/profile', answer);
  const id = await browserLogin();
  await follow(await consent((await logins.event(id, 'open-url')).url));
  expect(await logins.end(id)).toMatchObject({ state: 'succeeded', result: { label: 'ann@example.com' } });
});

describe('cancelled, it keeps nothing', () => {
  test('before the browser answers', async () => {
    const id = await browserLogin();
    const { url, redirectUri } = await logins.event(id, 'open-url');
    const location = await consent(url);
    expect(logins.sessions.cancel(id)).toBe(true);
    expect(await logins.end(id)).toMatchObject({ state: 'cancelled', error: { code: 'login_cancelled' } });
    await logins.sessions.close();
    await expect(fetch(location)).rejects.toThrow('fetch failed');
    expect(redirectUri).toContain('localhost');
    expect(await logins.stored()).toEqual({});
  });

  test.each(['POST /v1/oauth/token', 'GET /api/oauth/profile'])('while %s hangs', async (route) => {
    vendor.next(route, { hangs: true });
    const id = await browserLogin();
    await follow(await consent((await logins.event(id, 'open-url')).url));
    await vendor.asked(route);
    expect(logins.sessions.cancel(id)).toBe(true);
    expect(await logins.end(id)).toMatchObject({ state: 'cancelled' });
    await logins.sessions.close();
    expect(await logins.stored()).toEqual({});
  });
});

test('gives up after five minutes without an answer, and frees the port', async () => {
  const id = await browserLogin();
  const { url } = await logins.event(id, 'open-url');
  const location = await consent(url);
  logins.clock.advance(5 * 60_000);
  expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code: 'login_timeout' } });
  await expect(fetch(location)).rejects.toThrow('fetch failed');
});

test('the same account again takes the place of its file, and what its owner wrote there stays', async () => {
  await logins.store.write('work.json', {
    type: 'claude',
    access_token: 'old',
    refreshToken: 'old',
    expires_at: 1,
    cliproxyctl_read_only: true,
    account_uuid: 'acc-1',
    organization_uuid: 'org-1',
    email: 'Ann@example.com',
    priority: 7,
    note: 'mine',
    disabled: true,
    device: { id: 'kept' },
  });
  const id = await browserLogin();
  await follow(await consent((await logins.event(id, 'open-url')).url));
  expect(await logins.end(id)).toMatchObject({
    result: { name: 'work.json', replaced: true, warning: 'the credential is still disabled' },
  });
  const { 'work.json': file, ...others } = await logins.stored();
  expect(others).toEqual({});
  expect(file).toMatchObject({ priority: 7, note: 'mine', device: { id: 'kept' }, email: 'ann@example.com' });
  expect(file).not.toHaveProperty('refreshToken');
  expect(file).not.toHaveProperty('expires_at');
  expect(file).not.toHaveProperty('cliproxyctl_read_only');
});

test('another organisation of the same person gets a file of its own', async () => {
  for (const organization of ['org-1', 'org-2']) {
    vendor.account = { ...vendor.account, organization };
    const id = await browserLogin();
    await follow(await consent((await logins.event(id, 'open-url')).url));
    await logins.end(id);
  }
  const stored = await logins.stored();
  expect(Object.entries(stored).map(([name, fields]) => [name, fields['organization_uuid']])).toEqual([
    ['claude-ann@example.com-2.json', 'org-2'],
    ['claude-ann@example.com.json', 'org-1'],
  ]);
});

describe('a setup token', () => {
  const enter = async (token: string) => {
    const id = await logins.start({ method: 'token' });
    const question = await logins.event(id, 'question');
    expect(question).toMatchObject({ id: 'token', secret: true });
    logins.sessions.answer({ id, question: 'token', value: token });
    return logins.end(id);
  };

  test('is kept although it may not read the profile', async () => {
    const { result } = await enter('sk-ant-oat01-setup-123');
    expect(result?.label).toBe('Claude setup token');
    const [[name, fields] = []] = Object.entries(await logins.stored());
    expect(name).toMatch(/^claude-setup-token-[0-9a-f]{8}\.json$/);
    expect(fields).toMatchObject({ access_token: 'sk-ant-oat01-setup-123', is_setup_token: true });
    expect(fields).not.toHaveProperty('expired');
    expect(fields).not.toHaveProperty('refresh_token');
  });

  test('entered twice is one credential', async () => {
    await enter('sk-ant-oat01-setup-123');
    expect((await enter('sk-ant-oat01-setup-123')).result).toMatchObject({ replaced: true });
    expect(Object.keys(await logins.stored())).toHaveLength(1);
  });

  test.each([
    { name: 'unknown to the vendor', token: 'sk-ant-oat01-unknown', says: 'does not know this token' },
    { name: 'that is an API key', token: 'sk-ant-api03-abc', says: 'this is an API key' },
    { name: 'of another kind', token: 'hello there', says: 'begins with sk-ant-oat' },
  ])('$name is refused, and not repeated', async ({ token, says }) => {
    const { state, error } = await enter(token);
    expect(state).toBe('failed');
    expect(error?.message).toContain(says);
    expect(JSON.stringify(error)).not.toContain(token);
    expect(await logins.stored()).toEqual({});
  });
});

test('the verifier is never in an address, and its length is what the vendor asks for', async () => {
  const seen: string[] = [];
  const spy: LoginMethod = {
    id: 'browser',
    title: 'spied on',
    run: (context) =>
      (claudeLogins[0] as LoginMethod).run({
        ...context,
        awaitRedirect: (wanted) => {
          seen.push(wanted.url('http://localhost:54545/callback'));
          return context.awaitRedirect(wanted);
        },
      }),
  };
  const own = openTestLogins({ methods: [spy], settings: { endpoints: vendor.endpoints } });
  const id = await own.start();
  await follow(await consent((await own.event(id, 'open-url')).url));
  await own.end(id);
  const exchanged = vendor.requests.find(({ route }) => route === 'POST /v1/oauth/token')?.json() ?? {};
  const verifier = String(exchanged['code_verifier']);
  expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(seen.join()).not.toContain(verifier);
  await own.close();
});
