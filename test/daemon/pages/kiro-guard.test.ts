import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KiroPagesStand, openKiroPagesStand } from '../../support/kiro-pages.js';
import { type Asked, MANAGEMENT_KEY, type Told } from '../../support/management.js';

const BASE = '/v0/oauth/kiro';
const OWN = 'http://127.0.0.1:8317';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const MINUTE = 60_000;
const STATE = 'A'.repeat(22);

const PAGES = ['', `/start?method=builder-id`, `/wait?state=${STATE}`, `/callback?state=${STATE}`, '/social/callback'];
const ACTIONS = ['/start', '/answer', '/cancel', '/import', '/refresh', '/sign-out'];

let stand: KiroPagesStand;
beforeEach(async () => {
  stand = await openKiroPagesStand();
});
afterEach(() => stand.close());

const reopen = async (options: Parameters<typeof openKiroPagesStand>[0]): Promise<void> => {
  await stand.close();
  stand = await openKiroPagesStand(options);
};
const ask = (path: string, asked: Asked = {}): Promise<Told> =>
  stand.api.ask(`${BASE}${path}`, { key: undefined, ...asked });
const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> =>
  ask(path, { method: 'POST', headers: { origin: OWN, ...FORM, ...headers }, body });
const signIn = async (key = MANAGEMENT_KEY): Promise<Told> => post('/sign-in', new URLSearchParams({ key }).toString());
const cookieOf = ({ headers }: Told): string => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

describe('without a key', () => {
  test.each(PAGES)('the page %j asks for one, and shows nothing', async (path) => {
    const { status, text, headers } = await ask(path);
    expect(status).toBe(401);
    expect(text).toContain('<h1>Sign in to your gateway</h1>');
    expect(text).not.toContain('Builder ID');
    expect(headers.get('set-cookie')).toBeNull();
    expect(stand.vendor.requests).toEqual([]);
  });

  test.each(ACTIONS)('POST %s does nothing', async (path) => {
    expect((await post(path, 'method=builder-id')).status).toBe(401);
    expect(stand.vendor.requests).toEqual([]);
  });

  test('programs are told in JSON', async () => {
    const refused = { status: 401, body: { error: 'missing management key' } };
    expect(await ask(`/status?state=${STATE}`)).toMatchObject(refused);
    expect(await ask('/import', { method: 'POST', body: { refreshToken: 'x' } })).toMatchObject(refused);
    expect(await ask('/refresh', { method: 'POST' })).toMatchObject(refused);
  });

  test('the style sheet and the script are there for the page that asks, and no other file', async () => {
    expect((await ask('/assets/page.css')).headers.get('content-type')).toContain('text/css');
    expect((await ask('/assets/page.js')).text).toContain('querySelector');
    for (const name of ['app.ts', 'constructor', '..%2Fapp.ts', '..%2f..%2f..%2fpackage.json']) {
      expect((await ask(`/assets/${name}`)).status, name).toBe(404);
    }
  });

  test('nothing is there where no key is configured', async () => {
    await reopen({ config: 'api-keys: [a-client-key]' });
    for (const path of [...PAGES, '/assets/page.css']) {
      expect(await ask(path)).toMatchObject({ status: 404, text: '' });
    }
  });
});

describe('a key', () => {
  test('in a header lets programs in', async () => {
    expect(await ask('', { key: MANAGEMENT_KEY })).toMatchObject({ status: 200 });
    expect(await ask('/refresh', { method: 'POST', key: MANAGEMENT_KEY })).toMatchObject({ status: 200 });
  });

  test('in the form gives this browser a cookie that nothing else can use', async () => {
    const told = await signIn();
    expect(told).toMatchObject({ status: 303 });
    expect(told.headers.get('location')).toBe(BASE);
    expect(told.headers.get('set-cookie')).toMatch(
      /^cliproxyctl_kiro=[\w-]{43}; Path=\/v0\/oauth\/kiro; HttpOnly; SameSite=Strict$/,
    );
    const page = await ask('', { headers: { cookie: cookieOf(told) } });
    expect(page.text).toContain('Continue with Builder ID');
    expect(page.text).not.toContain(MANAGEMENT_KEY);
  });

  test('given for a login leads back to that login', async () => {
    const { headers } = await post('/sign-in', `key=${MANAGEMENT_KEY}&state=${STATE}`);
    expect(headers.get('location')).toBe(`${BASE}/wait?state=${STATE}`);
  });

  test.each(['//evil.example', 'https://evil.example', `${STATE}&x=1`, '"><script>'])(
    'with the state %j leads nowhere else',
    async (state) => {
      const { headers } = await post('/sign-in', new URLSearchParams({ key: MANAGEMENT_KEY, state }).toString());
      expect(headers.get('location')).toBe(BASE);
    },
  );

  test('over TLS gives a cookie that never travels without', async () => {
    await reopen({
      config: `tls: {enable: true, cert: c.pem, key: k.pem}\nremote-management: {secret-key: hash-of-${MANAGEMENT_KEY}}`,
    });
    const { headers } = await ask('/sign-in', {
      ...{ method: 'POST', body: `key=${MANAGEMENT_KEY}` },
      headers: { origin: 'https://127.0.0.1:8317', ...FORM },
    });
    expect(headers.get('set-cookie')).toContain('; Secure');
  });

  test('that is wrong is refused on the page, and counted with all others', async () => {
    const told = await signIn('wrong');
    expect(told).toMatchObject({ status: 401 });
    expect(told.text).toContain('Invalid management key.');
    for (let count = 0; count < 4; count++) await stand.api.ask('/v0/management/auth-files', { key: 'wrong' });
    const banned = await signIn();
    expect(banned).toMatchObject({ status: 403 });
    expect(banned.text).toContain('IP banned');
  });

  test('that is missing is no failure', async () => {
    for (let count = 0; count < 9; count++) expect((await signIn('')).status).toBe(401);
    expect((await signIn()).status).toBe(303);
  });

  test('of another machine counts only where remote access is allowed', async () => {
    const remote: Asked = { peer: '192.0.2.7', method: 'POST', body: `key=${MANAGEMENT_KEY}` };
    const headers = { origin: OWN, ...FORM };
    expect(await ask('/sign-in', { ...remote, headers })).toMatchObject({ status: 403 });
    await reopen({ config: `remote-management: {secret-key: hash-of-${MANAGEMENT_KEY}, allow-remote: true}` });
    expect(await ask('/sign-in', { ...remote, headers })).toMatchObject({ status: 303 });
  });
});

describe('a browser that signed in', () => {
  let cookie: string;
  beforeEach(async () => {
    cookie = cookieOf(await signIn());
  });
  const isIn = async (): Promise<boolean> => (await ask('', { headers: { cookie } })).status === 200;

  test('is out after half an hour without use, and not before', async () => {
    stand.logins.clock.advance(29 * MINUTE);
    expect(await isIn()).toBe(true);
    stand.logins.clock.advance(29 * MINUTE);
    expect(await isIn()).toBe(true);
    stand.logins.clock.advance(30 * MINUTE);
    expect(await isIn()).toBe(false);
  });

  test('is out after half a day, however busy', async () => {
    for (let count = 0; count < 28; count++) {
      stand.logins.clock.advance(25 * MINUTE);
      await isIn();
    }
    expect(await isIn()).toBe(true);
    stand.logins.clock.advance(25 * MINUTE);
    expect(await isIn()).toBe(false);
  });

  test('is out when the key is changed', async () => {
    stand.api.secretHash = 'hash-of-another';
    expect(await isIn()).toBe(false);
  });

  test('is out when it says so, and its cookie is worth nothing any more', async () => {
    const told = await post('/sign-out', '', { cookie });
    expect(told.headers.get('set-cookie')).toMatch(/^cliproxyctl_kiro=; Max-Age=0; Path=\/v0\/oauth\/kiro/);
    expect(await isIn()).toBe(false);
  });

  test('is kept out with its address when that is banned', async () => {
    for (let count = 0; count < 5; count++) await signIn('wrong');
    expect(await ask('', { headers: { cookie } })).toMatchObject({ status: 403 });
  });

  test('is not let in from another machine by that cookie', async () => {
    expect(await ask('', { headers: { cookie }, peer: '192.0.2.7' })).toMatchObject({ status: 403 });
  });

  test('opens nothing of the management API', async () => {
    const answer = await stand.api.ask('/v0/management/auth-files', { key: undefined, headers: { cookie } });
    expect(answer).toMatchObject({ status: 401 });
  });

  test.each(ACTIONS)('POST %s needs a page of ours: same site is not enough', async (path) => {
    const refused = { status: 403 };
    const body = 'method=builder-id';
    const send = (headers: Readonly<Record<string, string>>) =>
      ask(path, { method: 'POST', headers: { cookie, ...FORM, ...headers }, body });
    expect(await send({})).toMatchObject(refused);
    expect(await send({ origin: 'null' })).toMatchObject(refused);
    expect(await send({ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' })).toMatchObject(refused);
    expect(await send({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).toMatchObject(refused);
    expect(stand.vendor.requests).toEqual([]);
    expect(await isIn()).toBe(true);
  });

  test('not even a listed origin may use its cookie', async () => {
    await reopen({
      config: `allowed-origins: ["http://localhost:3000"]\nremote-management: {secret-key: hash-of-${MANAGEMENT_KEY}}`,
    });
    const headers = { cookie: cookieOf(await signIn()), ...FORM, origin: 'http://localhost:3000' };
    expect(await ask('/refresh', { method: 'POST', headers, body: '' })).toMatchObject({ status: 403 });
  });

  test.each(['same-site', 'cross-site'])('a link from elsewhere (%s) begins no login', async (site) => {
    const { status } = await ask('/start?method=builder-id', { headers: { cookie, 'sec-fetch-site': site } });
    expect([303, 403]).toContain(status);
    expect(stand.vendor.requests).toEqual([]);
  });

  test('a link from elsewhere may lead to the pages that only show', async () => {
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    expect(await ask('', { headers })).toMatchObject({ status: 200 });
    expect(await ask(`/status?state=${STATE}`, { headers })).toMatchObject({ status: 403 });
  });
});

test('a foreign Host is refused before anything else', async () => {
  for (const path of [...PAGES, '/assets/page.css']) {
    expect((await ask(path, { key: MANAGEMENT_KEY, headers: { host: 'rebound.example' } })).status, path).toBe(403);
  }
  expect(stand.api.verified).toEqual([]);
});

test('the local socket needs no key', async () => {
  expect(await ask('', { peer: undefined })).toMatchObject({ status: 200 });
});

test('every answer forbids what a page does not need', async () => {
  const answers = [
    await ask(''),
    await ask('', { key: MANAGEMENT_KEY }),
    await ask('/nowhere'),
    await ask('/assets/page.js'),
  ];
  for (const { headers } of answers) {
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('a page is kept by nobody, and holds no script or style of its own', async () => {
  for (const told of [await ask(''), await ask('', { key: MANAGEMENT_KEY })]) {
    expect(told.headers.get('cache-control')).toBe('no-store');
    expect(told.text).not.toMatch(/<style|<script(?![^>]* src=)|\son\w+=|\sstyle=|javascript:/i);
    expect(told.text).not.toMatch(/(?:src|href)="https?:\/\/(?!aws\.amazon\.com|github\.com)/);
  }
});
