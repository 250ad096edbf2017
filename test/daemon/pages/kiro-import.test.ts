import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KiroPagesStand, openKiroPagesStand, summaryOf } from '../../support/kiro-pages.js';
import type { Asked, Told } from '../../support/management.js';

const BASE = '/v0/oauth/kiro';
const ORIGIN = { origin: 'http://127.0.0.1:8317' };
const FORM = { ...ORIGIN, 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
const HASH = '0123456789abcdef0123456789abcdef01234567';

let stand: KiroPagesStand;
beforeEach(async () => {
  stand = await openKiroPagesStand();
});
afterEach(() => stand.close());

const ask = (path: string, asked: Asked = {}): Promise<Told> =>
  stand.api.ask(`${BASE}${path}`, { method: 'POST', ...asked });
const paste = (refreshToken: string): Promise<Told> =>
  ask('/import', { headers: FORM, body: new URLSearchParams({ refreshToken }).toString() });
const call = (body: unknown): Promise<Told> => ask('/import', { headers: JSON_TYPE, body });
const drop = (files: Readonly<Record<string, unknown>>, own = false): Promise<Told> => {
  const form = new FormData();
  for (const [name, content] of Object.entries(files)) {
    form.append('files', new File([typeof content === 'string' ? content : JSON.stringify(content)], name));
  }
  if (own) form.append('own', 'true');
  return ask('/import', { headers: ORIGIN, body: form });
};
/** The page that the browser ends at. */
const followed = async (told: Told): Promise<Told> => {
  const location = told.headers.get('location');
  return location === null ? told : followed(await stand.api.ask(location));
};

const IDE = {
  accessToken: 'aoa-ide',
  refreshToken: `aorAAAAAG${'i'.repeat(120)}`,
  expiresAt: '2099-01-01T00:00:00.000Z',
  profileArn: 'arn:aws:codewhisperer:us-east-1:1:profile/SOCIAL',
  authMethod: 'social',
  provider: 'Google',
  email: 'ann@example.com',
};
const ORGANISATION = { ...IDE, authMethod: 'IdC', provider: 'Enterprise', clientIdHash: HASH, region: 'eu-west-1' };
const CLIENT = { clientId: 'client-1', clientSecret: 'secret-1', expiresAt: '2099-01-01T00:00:00Z' };

describe('a pasted token', () => {
  test('of a Google or GitHub sign-in is checked with Kiro, and kept', async () => {
    const { text } = await followed(await paste(`  ${stand.vendor.socialToken}\n`));
    expect(text).toContain('Login saved');
    expect(text).not.toContain(stand.vendor.socialToken);
    expect(Object.values(await stand.logins.stored())).toMatchObject([
      { auth_method: 'social', provider: 'imported', refresh_token: stand.vendor.socialToken },
    ]);
  });

  test('comes from programs as JSON', async () => {
    expect(await call({ refreshToken: stand.vendor.socialToken })).toMatchObject({
      status: 200,
      body: { success: true, message: expect.any(String), fileName: 'kiro-social-ann@example.com.json' },
    });
  });

  test.each([
    ['aorAAAAAG...xyz', 'shortened copy'],
    [`aorAAAAAG${'x'.repeat(60)}…${'x'.repeat(60)}`, 'shortened copy'],
    [`aorAAAAAG${'x'.repeat(50)}`, 'shortened copy'],
    ['', 'nothing was pasted'],
    ['y'.repeat(120), 'neither a refresh token'],
  ])('%j is refused before Kiro is asked', async (token, words) => {
    const page = await paste(token);
    expect(page.status).toBe(400);
    expect(page.text.toLowerCase()).toContain(words);
    expect(page.text).toContain('aria-describedby="token-help token-trouble"');
    if (token !== '') expect(page.text).not.toContain(token);
    const answer = await call({ refreshToken: token });
    expect(answer).toMatchObject({ status: 400, body: { success: false, error: expect.stringContaining(words) } });
    if (token !== '') expect(answer.text).not.toContain(token);
    expect(stand.vendor.requests).toEqual([]);
  });

  test('that Kiro refuses is told without the token, whatever Kiro repeats', async () => {
    const token = `aorAAAAAG${'w'.repeat(120)}`;
    for (const told of [await paste(token), await call({ refreshToken: token })]) {
      expect(told.status).toBe(400);
      expect(told.text).toContain('Kiro did not take the token');
      expect(told.text).not.toContain(token);
    }
    expect(await stand.logins.stored()).toEqual({});
  });

  test.each([undefined, 'text', [], {}, { refreshToken: 7 }])('a body like %j is none', async (body) => {
    expect(await call(body)).toMatchObject({ status: 400, body: { success: false } });
  });
});

describe('files of the Kiro IDE', () => {
  test('are kept read-only: the IDE goes on owning the login', async () => {
    const { text } = await followed(await drop({ 'kiro-auth-token.json': IDE }));
    expect(text).toContain('Login saved');
    expect(text).toContain('The Kiro IDE goes on owning this login');
    expect(Object.values(await stand.logins.stored())).toMatchObject([
      { refresh_token: IDE.refreshToken, cliproxyctl_read_only: true },
    ]);
  });

  test('are renewed here where the person says so', async () => {
    await drop({ 'kiro-auth-token.json': IDE }, true);
    const [fields] = Object.values(await stand.logins.stored());
    expect(fields).not.toHaveProperty('cliproxyctl_read_only');
  });

  test.each([`${HASH}.json`, `${HASH} (1).json`])(
    'of an organisation are joined with their client, under whatever name the browser gave: %s',
    async (name) => {
      await drop({ 'kiro-auth-token (2).json': ORGANISATION, [name]: CLIENT });
      expect(Object.values(await stand.logins.stored())).toMatchObject([
        { auth_method: 'idc', client_id: 'client-1', client_secret: 'secret-1', region: 'eu-west-1' },
      ]);
    },
  );

  test('without that client are kept with a warning', async () => {
    const { text } = await followed(await drop({ 'kiro-auth-token.json': ORGANISATION }));
    expect(text).toContain('it cannot be renewed');
  });

  test('of several logins are kept one by one, and each is told', async () => {
    const { status, text } = await drop({
      'kiro-a.json': IDE,
      'kiro-b.json': { ...IDE, email: 'bob@example.com', refreshToken: `aorAAAAAG${'b'.repeat(120)}` },
      'kiro-c.json': { ...IDE, refreshToken: 'aorAAAAAG...cut' },
    });
    expect(status).toBe(200);
    expect(text).toContain('kiro-a.json: saved as');
    expect(text).toContain('kiro-b.json: saved as');
    expect(text).toContain('kiro-c.json: the refresh token in that file is a shortened copy');
    expect(Object.keys(await stand.logins.stored())).toHaveLength(2);
  });

  test.each([
    [{}, 'No file was chosen.'],
    [{ 'notes.json': 'hello' }, 'notes.json is not JSON.'],
    [{ 'notes.json': [1] }, 'notes.json is not a JSON object.'],
    [{ 'other.json': { type: 'claude' } }, 'other.json holds no Kiro login.'],
    [{ [`${HASH}.json`]: CLIENT }, 'without the login itself.'],
    [{ 'kiro.json': { ...IDE, refreshToken: 'aorAAAAAG...cut' } }, 'is a shortened copy.'],
    [{ 'kiro.json': { ...ORGANISATION, clientIdHash: '../../evil' } }, 'outside its folder.'],
    [Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`${index}.json`, IDE])), 'more than 20 files.'],
  ])('%#: what is none is refused with what to choose', async (files, words) => {
    const { status, text } = await drop(files);
    expect(status).toBe(400);
    expect(text.toLowerCase()).toContain(words.toLowerCase());
    expect(text).toContain('aria-describedby="files-help files-trouble"');
    expect(await stand.logins.stored()).toEqual({});
  });

  test('show their names as text', async () => {
    const { text } = await drop({ '<img src=x onerror=alert(1)>.json': 'hello' });
    expect(text).not.toContain('<img src=x');
  });

  test('in a form that is broken are the sender’s mistake', async () => {
    const headers = { ...ORIGIN, 'content-type': 'multipart/form-data; boundary=x' };
    const { status, text } = await ask('/import', { headers, body: 'no form at all' });
    expect(status).toBe(400);
    expect(text).toContain('The form could not be read.');
  });

  test('larger than 1 MB are not read', async () => {
    expect((await drop({ 'kiro.json': 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
  });
});

describe('refresh all', () => {
  const logins = () => {
    stand.others.push(
      summaryOf({}),
      summaryOf({ id: 'kiro:b', label: 'bob@example.com', name: 'kiro-idc-bob.json' }),
      summaryOf({ id: 'kiro:off', disabled: true }),
      summaryOf({ id: 'claude:c', provider: 'claude' }),
    );
  };

  test('renews each Kiro login that is on', async () => {
    logins();
    expect(await ask('/refresh')).toMatchObject({
      status: 200,
      body: { success: true, message: 'Refreshed 2 token(s)', refreshedCount: 2 },
    });
  });

  test('that fails for one renews the others, and names that one', async () => {
    logins();
    stand.unrenewable.set('kiro:b', 'the refresh token is over <b>');
    const body = {
      success: true,
      refreshedCount: 1,
      warnings: ['bob@example.com (kiro-idc-bob.json): the refresh token is over <b>'],
    };
    expect(await ask('/refresh')).toMatchObject({ status: 200, body });
    const page = await ask('/refresh', { headers: FORM, body: '' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('Tokens refreshed: 1.');
    expect(page.text).toContain(
      'Not refreshed: bob@example.com (kiro-idc-bob.json): the refresh token is over &lt;b&gt;.',
    );
  });

  test('that fails for all is an error', async () => {
    logins();
    for (const id of ['kiro:a', 'kiro:b']) stand.unrenewable.set(id, 'over');
    expect(await ask('/refresh')).toMatchObject({
      status: 400,
      body: { success: false, error: 'No token was refreshed' },
    });
    expect((await ask('/refresh', { headers: FORM, body: '' })).text).toContain('role="alert"');
  });

  test('of nothing is no error', async () => {
    expect(await ask('/refresh')).toMatchObject({ status: 200, body: { success: true, refreshedCount: 0 } });
  });
});
