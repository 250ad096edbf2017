import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KiroPagesStand, openKiroPagesStand, summaryOf } from '../../support/kiro-pages.js';
import { type Asked, MANAGEMENT_KEY, type Told } from '../../support/management.js';

const BASE = '/v0/oauth/kiro';
const FORM = { origin: 'http://127.0.0.1:8317', 'content-type': 'application/x-www-form-urlencoded' };
const MINUTE = 60_000;
const PORTAL = 'https://d-1234567890.awsapps.com/start';
const EVIL = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>';

let stand: KiroPagesStand;
beforeEach(async () => {
  stand = await openKiroPagesStand();
});
afterEach(() => stand.close());

const ask = (path: string, asked: Asked = {}): Promise<Told> => stand.api.ask(`${BASE}${path}`, asked);
const post = (path: string, fields: Readonly<Record<string, string>>): Promise<Told> =>
  ask(path, { method: 'POST', headers: FORM, body: new URLSearchParams(fields).toString() });
const locationOf = ({ headers }: Told): string => headers.get('location') ?? '';
const stateOf = (told: Told): string => new URL(locationOf(told), 'http://x').searchParams.get('state') ?? '';
const statusOf = async (state: string): Promise<unknown> => (await ask(`/status?state=${state}`)).body;
const codeIn = ({ text }: Told): string => /<output[^>]*>([^<]+)</.exec(text)?.[1] ?? '';

const begin = async (fields: Readonly<Record<string, string>> = { method: 'builder-id' }): Promise<string> => {
  const told = await post('/start', fields);
  expect(told.status).toBe(303);
  return stateOf(told);
};
/** Somebody agrees at AWS, and the login's next poll finds it so. */
const approve = async (state: string): Promise<void> => {
  stand.vendor.approveDevice(codeIn(await ask(`/wait?state=${state}`)));
  await stand.logins.clock.someoneSleeps(15_000);
  stand.logins.clock.advance(6_000);
};
const until = async (
  state: string,
  isTrue: (status: Readonly<Record<string, unknown>>) => boolean,
): Promise<unknown> => {
  for (;;) {
    const status = (await statusOf(state)) as Readonly<Record<string, unknown>>;
    if (isTrue(status)) return status;
    await new Promise((resolve) => setImmediate(resolve));
  }
};
const ended = (state: string): Promise<unknown> => until(state, ({ status }) => status !== 'pending');

describe('the chooser', () => {
  test('shows the vendor’s terms and every way in, and says honestly what is not there', async () => {
    const { status, text } = await ask('');
    expect(status).toBe(200);
    for (const words of [
      'Vendor’s terms: unclear',
      'nothing published permits or forbids',
      'cliproxyctl, registered with AWS',
      'Continue with Builder ID',
      'name="startUrl"',
      'value="us-east-1"',
      'name="refreshToken"',
      'type="file"',
      'does not pretend to be the IDE',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).not.toContain('Refresh all tokens');
  });

  test('lists what is there with its condition, and nobody else’s logins', async () => {
    stand.others.push(
      summaryOf({ label: EVIL, name: 'kiro-<b>.json' }),
      summaryOf({ id: 'kiro:b', label: 'bob@example.com', refresh: { state: 'login-needed', reason: EVIL } }),
      summaryOf({ id: 'kiro:c', label: 'off@example.com', disabled: true }),
      summaryOf({ id: 'claude:d', provider: 'claude', label: 'other@example.com' }),
    );
    const { text } = await ask('');
    for (const word of ['Ready', 'Login needed', 'Off', 'Refresh all tokens']) expect(text).toContain(word);
    expect(text).not.toContain('other@example.com');
    expect(text).not.toMatch(/<script>alert|<img src=x|kiro-<b>/);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});

describe('a login by Builder ID', () => {
  test('shows the code and where to confirm it, and goes on to what was saved', async () => {
    const state = await begin();
    const page = await ask(`/wait?state=${state}`);
    const code = codeIn(page);
    expect(code).toMatch(/^ABCD-/);
    expect(page.text).toContain(`href="https://device.sso.us-east-1.amazonaws.com/?user_code=${code}" target="_blank"`);
    expect(page.text).toContain('rel="noopener noreferrer"');
    expect(await statusOf(state)).toEqual({ status: 'pending', remaining_seconds: 600 });
    stand.logins.clock.advance(1_000);
    expect(await statusOf(state)).toEqual({ status: 'pending', remaining_seconds: 599 });
    await approve(state);
    expect(await ended(state)).toEqual({
      status: 'success',
      completed_at: expect.stringMatching(/^\d{4}-.*Z$/),
      expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(locationOf(await ask(`/wait?state=${state}`))).toBe(`${BASE}/callback?state=${state}`);
    const saved = await ask(`/callback?state=${state}`);
    expect(saved.text).toContain('Login saved');
    expect(saved.text).toContain('kiro-aws-ann@example.com.json');
    expect(saved.text).toContain('12 models');
    const [[name, fields]] = Object.entries(await stand.logins.stored()) as [[string, Record<string, string>]];
    expect(name).toBe('kiro-aws-ann@example.com.json');
    expect(saved.text).not.toContain(fields['access_token']);
    expect(saved.text).not.toContain(fields['refresh_token']);
  });

  test('may be begun by an address, as with related gateways', async () => {
    const told = await ask('/start?method=aws');
    expect(told.status).toBe(303);
    expect(await statusOf(stateOf(told))).toMatchObject({ status: 'pending' });
  });

  test('is not begun by looking ahead', async () => {
    await ask('/start?method=aws', { method: 'HEAD' });
    expect(stand.vendor.requests).toEqual([]);
  });

  test('that is kept a second time says that it took the place of the first', async () => {
    for (const heading of ['Login saved', 'Login renewed']) {
      const state = await begin();
      await approve(state);
      await ended(state);
      expect((await ask(`/callback?state=${state}`)).text).toContain(heading);
    }
    expect(Object.keys(await stand.logins.stored())).toHaveLength(1);
  });

  test('that nobody confirms fails when the code is over, and says what to do', async () => {
    const state = await begin();
    stand.logins.clock.advance(10 * MINUTE);
    expect(await ended(state)).toMatchObject({ status: 'failed', error: 'the code was not confirmed in time' });
    const { text } = await ask(`/callback?state=${state}`);
    expect(text).toContain('Start the login again.');
    expect(await stand.logins.stored()).toEqual({});
  });

  test('waits ten minutes at most, whatever the vendor says', async () => {
    stand.vendor.next('POST /device_authorization', {
      body: {
        ...{ deviceCode: 'dc', userCode: 'LONG-TIME', interval: 5, expiresIn: 86_400 },
        verificationUri: 'https://a.example/',
      },
    });
    const state = await begin();
    expect(await statusOf(state)).toMatchObject({ remaining_seconds: 600 });
    stand.logins.clock.advance(10 * MINUTE);
    expect(await ended(state)).toMatchObject({ status: 'failed' });
  });

  test('that is refused at AWS tells so', async () => {
    const state = await begin();
    stand.vendor.next('POST /token', { status: 400, body: { error: 'access_denied' } });
    await stand.logins.clock.someoneSleeps(15_000);
    stand.logins.clock.advance(6_000);
    expect(await ended(state)).toMatchObject({ status: 'failed', error: 'the login was refused at AWS' });
    expect((await ask(`/callback?state=${state}`)).text).toContain('Nothing was saved.');
  });

  test('that is cancelled saves nothing', async () => {
    const state = await begin();
    const told = await post('/cancel', { state });
    expect((await ask(locationOf(told).slice(BASE.length))).text).toContain('<h1>Login cancelled</h1>');
    expect(await statusOf(state)).toMatchObject({ status: 'failed' });
    expect(await stand.logins.stored()).toEqual({});
  });

  test('that AWS does not begin comes back to the choices with AWS’s words, as text', async () => {
    stand.vendor.next('POST /client/register', { status: 400, body: { error: 'x', error_description: EVIL } });
    const { status, text } = await post('/start', { method: 'builder-id' });
    expect(status).toBe(400);
    expect(text).toContain('role="alert"');
    expect(text).toContain('AWS did not register a client');
    expect(text).not.toMatch(/<script>alert|<img src=x/);
  });

  test('cannot be led to anything but a web page by the vendor', async () => {
    stand.vendor.next('POST /device_authorization', {
      body: {
        ...{ deviceCode: 'dc', interval: 5, expiresIn: 600, userCode: EVIL },
        verificationUri: 'javascript:alert(1)',
      },
    });
    const { text } = await ask(`/wait?state=${await begin()}`);
    expect(text).not.toMatch(/href="javascript:|<script>alert|<img src=x/);
    expect(text).toContain('&lt;script&gt;');
  });
});

describe('a login by an organisation', () => {
  const organisation = { method: 'idc', startUrl: PORTAL, region: 'eu-west-1' };

  test('is asked for at its own portal, and saved with its region', async () => {
    const state = await begin(organisation);
    const asked = stand.vendor.requests.find(({ route }) => route === 'POST /device_authorization');
    expect(asked?.json()).toMatchObject({ startUrl: PORTAL });
    await approve(state);
    await ended(state);
    const [fields] = Object.values(await stand.logins.stored());
    expect(fields).toMatchObject({ auth_method: 'idc', region: 'eu-west-1', start_url: PORTAL });
  });

  test('with several profiles asks which, and keeps the chosen one', async () => {
    const two = `arn:aws:codewhisperer:us-east-1:1:profile/TWO`;
    stand.vendor.profiles = [...stand.vendor.profiles, { arn: two, profileName: EVIL }];
    const state = await begin(organisation);
    await approve(state);
    expect(await until(state, ({ question }) => question !== undefined)).toMatchObject({
      status: 'pending',
      question: 'Which Kiro profile?',
    });
    const page = await ask(`/wait?state=${state}`);
    expect(page.text).toContain('One more choice');
    expect(page.text).not.toMatch(/<script>alert|<img src=x/);
    expect((await post('/answer', { state, value: 'arn:none' })).text).toContain('The answer is none of the choices.');
    await post('/answer', { state, value: two });
    expect(await ended(state)).toMatchObject({ status: 'success' });
    expect(Object.values(await stand.logins.stored())).toMatchObject([{ profile_arn: two }]);
  });

  test('does not run out while the person chooses', async () => {
    stand.vendor.profiles = [...stand.vendor.profiles, { arn: 'arn:two', profileName: 'Two' }];
    const state = await begin(organisation);
    await approve(state);
    await until(state, ({ question }) => question !== undefined);
    stand.logins.clock.advance(11 * MINUTE);
    await post('/answer', { state, value: 'arn:two' });
    expect(await ended(state)).toMatchObject({ status: 'success' });
  });

  test.each([
    ['', 'us-east-1', 'The start URL is missing.'],
    ['http://d-1.awsapps.com/start', 'us-east-1', 'is no https address.'],
    [PORTAL, 'evil.example/', 'is no AWS region.'],
    [EVIL, 'us-east-1', 'is no https address.'],
  ])('at %j in %j is refused, and what was typed is still there', async (startUrl, region, words) => {
    const { status, text } = await post('/start', { method: 'idc', startUrl, region });
    expect(status).toBe(400);
    expect(text).toContain(words);
    expect(text).toContain('aria-describedby="start-url-help organisation-trouble"');
    expect(text).not.toMatch(/<script>alert|<img src=x/);
    if (!startUrl.includes('<')) expect(text).toContain(`value="${startUrl}"`);
    expect(stand.vendor.requests).toEqual([]);
  });
});

describe('a way in that is not there', () => {
  test('without a name leads to the choices', async () => {
    const told = await ask('/start');
    expect(told.status).toBe(302);
    expect(locationOf(told)).toBe(BASE);
  });

  test.each(['google', 'github', 'Google'])('%s says why, and what to do instead', async (method) => {
    const { status, text } = await ask(`/start?method=${method}`);
    expect(status).toBe(400);
    expect(text).toContain('does not pretend to be the IDE');
    expect(text).toContain('bring its login over');
  });

  test('by an unknown name is refused', async () => {
    expect((await ask(`/start?method=${encodeURIComponent(EVIL)}`)).status).toBe(400);
  });

  test('the landing of Google and GitHub is none', async () => {
    expect((await ask('/social/callback?code=c&state=s')).status).toBe(404);
  });
});

describe('a state', () => {
  test('is needed', async () => {
    expect(await ask('/status')).toMatchObject({ status: 400, body: { error: 'missing state parameter' } });
  });

  test.each(['A'.repeat(22), 'x', '../../x', EVIL])('%j is unknown', async (state) => {
    const query = `?state=${encodeURIComponent(state)}`;
    expect(await ask(`/status${query}`)).toMatchObject({ status: 404, body: { error: 'session not found' } });
    for (const path of ['/wait', '/callback']) {
      const { status, text } = await ask(`${path}${query}`);
      expect(status).toBe(404);
      expect(text).toContain('<h1>Unknown login</h1>');
      expect(text).not.toContain('<script>alert');
    }
    for (const path of ['/answer', '/cancel']) expect((await post(path, { state, value: 'x' })).status).toBe(404);
  });

  test('cannot be guessed from another', async () => {
    const [one, two] = [await begin(), await begin()];
    expect(one).toMatch(/^[\w-]{22}$/);
    expect(two).not.toBe(one);
  });

  test('is known for half an hour after the end, and not longer', async () => {
    const state = await begin();
    await post('/cancel', { state });
    stand.logins.clock.advance(29 * MINUTE);
    expect(await statusOf(state)).toMatchObject({ status: 'failed' });
    stand.logins.clock.advance(MINUTE);
    expect(await ask(`/status?state=${state}`)).toMatchObject({ status: 404 });
  });
});

test('more logins at once than the daemon takes are refused on the page', async () => {
  for (let count = 0; count < 16; count++) await begin();
  const { status, text } = await post('/start', { method: 'builder-id' });
  expect(status).toBe(503);
  expect(text).toContain('Finish or cancel one.');
});

test('a page that is none leads back', async () => {
  const { status, text } = await ask('/nowhere', { key: MANAGEMENT_KEY });
  expect(status).toBe(404);
  expect(text).toContain(`href="${BASE}"`);
});
