import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControlPlane } from '../../../../src/daemon/control/control-plane.js';
import type { LoginMethod } from '../../../../src/daemon/login/method.js';
import { claudeLogins } from '../../../../src/daemon/providers/claude/login.js';
import { copilotLogins } from '../../../../src/daemon/providers/copilot/login.js';
import { AppError } from '../../../../src/shared/errors.js';
import { openTestManagement, type TestManagement } from '../../../support/management.js';
import { type ClaudeFake, startClaudeFake } from '../../../support/oauth/claude.js';
import { type GitHubFake, startGitHubFake } from '../../../support/oauth/github.js';
import { consent, openTestLogins, type TestLogins } from '../../../support/oauth/logins.js';

const BASE = '/v0/management';
const FILE = 'claude-ann@example.com.json';

let claude: ClaudeFake;
let github: GitHubFake;
let logins: TestLogins;
let api: TestManagement;
let started: { provider: string; method?: string | undefined }[];

/** The daemon's logins, on free ports. */
const controlOf = (test: TestLogins): ControlPlane['logins'] => ({
  ...test.sessions,
  start({ provider, ...query }) {
    started.push({ provider, method: query.method });
    const { callbackPort: _, ...rest } = query;
    return test.start(rest);
  },
});
function open(methods: readonly LoginMethod[], endpoints: Readonly<Record<string, string>>): void {
  logins = openTestLogins({ methods, settings: { endpoints, upstreamUrl: github.upstreamUrl } });
  api = openTestManagement({ logins: controlOf(logins) });
}
beforeEach(async () => {
  started = [];
  claude = await startClaudeFake();
  github = await startGitHubFake(() => logins.clock.now());
  open(claudeLogins, claude.endpoints);
});
afterEach(async () => {
  await logins.close();
  await claude.close();
  await github.close();
});

interface Begun {
  readonly url: string;
  readonly state: string;
}
async function begin(query = ''): Promise<Begun> {
  const { status, body } = await api.ask(`${BASE}/anthropic-auth-url${query}`);
  expect(status).toBe(200);
  return body as Begun;
}
const statusOf = async (state: string) => (await api.ask(`${BASE}/get-auth-status?state=${state}`)).body;
const isOver = async (state: string): Promise<unknown> => {
  for (;;) {
    const told = (await statusOf(state)) as { status: string };
    if (told.status !== 'wait') return told;
    await new Promise((resolve) => setImmediate(resolve));
  }
};
const paste = (body: unknown, asked = {}) =>
  api.ask(`${BASE}/oauth-callback`, { method: 'POST', key: undefined, body, ...asked });

describe('a login in the browser', () => {
  test('begins with an address and its state', async () => {
    const { url, state } = await begin();
    expect(new URL(url).searchParams.get('state')).toBe(state);
    expect(started).toEqual([{ provider: 'claude', method: 'browser' }]);
    expect(await statusOf(state)).toEqual({ status: 'wait' });
  });

  test('ends when its address is pasted', async () => {
    const { url, state } = await begin();
    const redirect_url = await consent(url);
    expect(await paste({ provider: 'claude', redirect_url })).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await isOver(state)).toEqual({ status: 'ok' });
    expect(Object.keys(await logins.stored())).toEqual([FILE]);
    expect(await paste({ provider: 'anthropic', redirect_url })).toMatchObject({
      status: 409,
      body: { status: 'error', error: 'oauth flow is already completed' },
    });
  });

  test('ends at its own port without a web UI', async () => {
    const { url, state } = await begin();
    expect((await fetch(await consent(url))).status).toBe(200);
    expect(await isOver(state)).toEqual({ status: 'ok' });
  });

  test('of a web UI is led on from its own port to a page of the main one', async () => {
    const { url, state } = await begin('?is_webui=true');
    const location = new URL(await consent(url));
    const led = await fetch(location, { redirect: 'manual' });
    expect(led.status).toBe(302);
    expect(led.headers.get('cache-control')).toBe('no-store');
    expect(led.headers.get('location')).toBe(`http://127.0.0.1:8317/anthropic/callback${location.search}`);
    const elsewhere = await fetch(new URL('/other', location), { redirect: 'manual' });
    expect(elsewhere.status).toBe(404);

    const navigation = { key: undefined, headers: { 'sec-fetch-site': 'cross-site' } };
    const page = await api.ask(`/anthropic/callback${location.search}`, navigation);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Answer received');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).not.toContain('<script');
    expect(await isOver(state)).toEqual({ status: 'ok' });
    expect((await api.ask(`/anthropic/callback${location.search}`, navigation)).text).toContain('Already answered');
  });

  test('that was refused says so, in the vendor\u2019s words and as text', async () => {
    const { state } = await begin();
    const page = await api.ask(`/anthropic/callback?state=${state}&error=access_denied&error_description=<b>no</b>`);
    expect(page.text).toContain('&lt;b&gt;no&lt;/b&gt;');
    expect(page.text).toContain('Login refused');
    expect(await isOver(state)).toMatchObject({ status: 'error', error: expect.stringContaining('no') });
    expect(await logins.stored()).toEqual({});
  });

  test('that the vendor does not honour ends with why', async () => {
    const { state } = await begin();
    await paste({ provider: 'anthropic', code: 'made-up', state });
    expect(await isOver(state)).toMatchObject({
      status: 'error',
      error: expect.stringContaining('did not take the code'),
    });
    expect(await paste({ provider: 'anthropic', code: 'again', state })).toMatchObject({ status: 409 });
  });

  test('gives up after five minutes in the words that web UIs know', async () => {
    const { state } = await begin();
    logins.clock.advance(5 * 60_000);
    expect(await isOver(state)).toEqual({ status: 'error', error: 'Timeout waiting for OAuth callback' });
    logins.clock.advance(61_000);
    expect(await statusOf(state)).toEqual({ status: 'error', error: 'unknown or expired state' });
  });

  test('that was called off saves nothing', async () => {
    const { url, state } = await begin();
    const redirect_url = await consent(url);
    const cancel = () => api.ask(`${BASE}/oauth-session?state=${state}`, { method: 'DELETE' });
    expect((await cancel()).body).toEqual({ status: 'ok', cancelled: true });
    expect((await cancel()).body).toEqual({ status: 'ok', cancelled: false });
    expect(await paste({ provider: 'anthropic', redirect_url })).toMatchObject({ status: 409 });
    expect(await statusOf(state)).toMatchObject({ status: 'error' });
    expect(await logins.stored()).toEqual({});
  });

  test('that cannot begin says that the port is taken', async () => {
    const failing = openTestManagement({
      logins: {
        ...controlOf(logins),
        start: () => 'x',
        watch: async () => ({
          events: [],
          state: 'failed',
          error: { code: 'callback_port_in_use', message: 'port 54545 is in use by other (pid 7)' },
        }),
        cancel: () => false,
      },
    });
    expect(await failing.ask(`${BASE}/codex-auth-url`)).toMatchObject({
      status: 500,
      body: { error: 'failed to start callback server', message: expect.stringContaining('pid 7') },
    });
  });
});

describe('a callback', () => {
  const valid = 'a'.repeat(32);
  test.each([
    ['not json', 400, 'invalid body'],
    [[], 400, 'invalid body'],
    [{ provider: 'codex', redirect_url: 'nowhere' }, 400, 'invalid redirect_url'],
    [{ provider: 'codex', code: 'c' }, 400, 'state is required'],
    [{ provider: 'codex', code: 'c', state: '../x' }, 400, 'invalid state'],
    [{ provider: 'codex', code: 'c', state: 'x'.repeat(129) }, 400, 'invalid state'],
    [{ provider: 'codex', state: valid }, 400, 'code or error is required'],
    [{ provider: 'acme', code: 'c', state: valid }, 400, 'unsupported provider'],
    [{ provider: 'constructor', code: 'c', state: valid }, 400, 'unsupported provider'],
    [{ provider: 'codex', code: 'c', state: valid }, 404, 'unknown or expired state'],
  ])('of %j is %i', async (body, status, error) => {
    expect(await paste(body)).toMatchObject({ status, body: { status: 'error', error } });
  });

  test('belongs to the provider that it began with', async () => {
    const { state } = await begin();
    expect(await paste({ provider: 'codex', code: 'c', state })).toMatchObject({
      status: 400,
      body: { error: 'provider does not match state' },
    });
    expect((await api.ask(`/codex/callback?code=c&state=${state}`, { key: undefined })).text).toContain(
      'Unknown login',
    );
    expect(await statusOf(state)).toEqual({ status: 'wait' });
  });

  test('comes by GET as well', async () => {
    const { url, state } = await begin();
    const { searchParams } = new URL(await consent(url));
    const query = new URLSearchParams({ provider: 'anthropic', code: searchParams.get('code') ?? '', state });
    expect(await api.ask(`${BASE}/oauth-callback?${query}`, { key: undefined })).toMatchObject({ status: 200 });
    expect(await isOver(state)).toEqual({ status: 'ok' });
  });

  test('without code and error leaves the login waiting', async () => {
    const { state } = await begin();
    expect((await api.ask(`/anthropic/callback?state=${state}`)).text).toContain('Incomplete answer');
    expect(await statusOf(state)).toEqual({ status: 'wait' });
  });
});

describe('the status', () => {
  test.each([
    ['', 200, { status: 'ok' }],
    ['?state=a..b', 400, { status: 'error', error: 'invalid state' }],
    ['?state=nobody', 200, { status: 'error', error: 'unknown or expired state' }],
  ])('of %s', async (query, status, body) => {
    expect(await api.ask(`${BASE}/get-auth-status${query}`)).toMatchObject({ status, body });
  });

  test.each([
    ['', 'missing state'],
    ['?state=a/b', 'invalid state'],
  ])('cannot be ended of %s', async (query, error) => {
    expect(await api.ask(`${BASE}/oauth-session${query}`, { method: 'DELETE' })).toMatchObject({
      status: 400,
      body: { status: 'error', error },
    });
  });
});

describe('a login by device code', () => {
  beforeEach(async () => {
    await logins.close();
    open(copilotLogins, github.endpoints);
  });

  test('shows its code, and ends when it was entered', async () => {
    const { body } = await api.ask(`${BASE}/github-auth-url`);
    expect(body).toMatchObject({
      status: 'ok',
      url: `${github.url}/login/device`,
      verification_uri: `${github.url}/login/device`,
      flow: 'device',
      user_code: expect.stringMatching(/^WDJB-/),
    });
    const { state, user_code: code } = body as { state: string; user_code: string };
    expect(state).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
    expect(started).toEqual([{ provider: 'github-copilot', method: 'device' }]);
    expect(await statusOf(state)).toEqual({ status: 'wait' });
    github.approve(code);
    await logins.clock.someoneSleeps(60_000);
    logins.clock.advance(6_000);
    expect(await isOver(state)).toEqual({ status: 'ok' });
    expect(Object.keys(await logins.stored())).toEqual(['github-copilot-ann.json']);
  });

  test('that the vendor refuses does not begin', async () => {
    github.next('POST /login/device/code', { body: { error: 'device_flow_disabled' } });
    expect(await api.ask(`${BASE}/github-auth-url`)).toMatchObject({
      status: 500,
      body: { error: expect.stringContaining('GitHub gave no code') },
    });
  });
});

test('a login too many is refused with the reason', async () => {
  const failing = openTestManagement({
    logins: {
      ...controlOf(logins),
      start: () => Promise.reject(new AppError('login_too_many', '16 logins are going on')),
    },
  });
  expect(await failing.ask(`${BASE}/codex-auth-url`)).toMatchObject({
    status: 500,
    body: { error: '16 logins are going on' },
  });
});
