import { afterEach, beforeEach, expect, test } from 'vitest';
import { antigravityLogins } from '../../../../src/daemon/providers/antigravity/login.js';
import { openTestManagement, type TestManagement } from '../../../support/management.js';
import { consent, openTestLogins, type TestLogins } from '../../../support/oauth/logins.js';
import { type FakeAntigravity, ownClient, startFakeAntigravity } from '../../../support/vendors/antigravity.js';

const BASE = '/v0/management';

let vendor: FakeAntigravity;
let logins: TestLogins;
let api: TestManagement;
/** Which logins were begun. */
let started: string[];

beforeEach(async () => {
  vendor = await startFakeAntigravity();
  started = [];
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

function open(settings: object): void {
  logins = openTestLogins({ methods: antigravityLogins, settings: { endpoints: vendor.endpoints, ...settings } });
  api = openTestManagement({
    logins: {
      ...logins.sessions,
      start({ provider, callbackPort: _, ...query }) {
        started.push(`${provider} ${query.method}`);
        return logins.start(query);
      },
    },
  });
}

const stateAfter = async (state: string): Promise<unknown> => {
  for (;;) {
    const { body } = await api.ask(`${BASE}/get-auth-status?state=${state}`);
    if ((body as { status: string }).status !== 'wait') return body;
    await new Promise((resolve) => setImmediate(resolve));
  }
};

test.each(['antigravity', 'anti-gravity'])(
  'a login begins with an address, and ends with it pasted as %s',
  async (provider) => {
    open(ownClient);
    const { body } = await api.ask(`${BASE}/antigravity-auth-url`);
    const { url, state } = body as { url: string; state: string };
    expect(started).toEqual(['antigravity browser']);
    const redirect_url = await consent(url);
    expect(new URL(redirect_url).pathname).toBe('/oauth-callback');
    const asked = { method: 'POST', key: undefined, body: { provider, redirect_url } };
    expect(await api.ask(`${BASE}/oauth-callback`, asked)).toMatchObject({ status: 200 });
    expect(await stateAfter(state)).toEqual({ status: 'ok' });
    expect(Object.keys(await logins.stored())).toEqual(['antigravity-ann@example.com.json']);
  },
);

test('the redirect of a web UI ends at a page of the main port', async () => {
  open(ownClient);
  const { body } = await api.ask(`${BASE}/antigravity-auth-url?is_webui=true`);
  const { url, state } = body as { url: string; state: string };
  const led = await fetch(await consent(url), { redirect: 'manual' });
  const location = new URL(led.headers.get('location') ?? '');
  expect(location.pathname).toBe('/antigravity/callback');
  const page = await api.ask(location.pathname + location.search, {
    key: undefined,
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  expect(page.text).toContain('Answer received');
  expect(await stateAfter(state)).toEqual({ status: 'ok' });
});

test('without a client of the user’s own it does not begin, and the answer says what is missing', async () => {
  open({});
  const { status, body } = await api.ask(`${BASE}/antigravity-auth-url`);
  expect(status).toBe(500);
  expect(JSON.stringify(body)).toContain('oauth-clients.antigravity');
  expect(vendor.seen).toEqual([]);
});
