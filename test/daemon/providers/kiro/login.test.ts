import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { kiroLogins } from '../../../../src/daemon/providers/kiro/login.js';
import { BUILDER_URL, type KiroFake, startKiroFake } from '../../../support/oauth/kiro.js';
import { consent, follow, openTestLogins, type TestLogins } from '../../../support/oauth/logins.js';

const MINUTE = 60_000;
const POLL = 'POST /token';
const ORGANISATION = { 'start-url': 'https://d-1234567890.awsapps.com/start', region: 'eu-west-1' };
const ARN = 'arn:aws:codewhisperer:eu-central-1:1:profile/ONE';

let vendor: KiroFake;
let logins: TestLogins;

beforeEach(async () => {
  vendor = await startKiroFake();
  logins = openTestLogins({ methods: kiroLogins, settings: { endpoints: vendor.endpoints } });
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

const asked = (route: string): number => vendor.requests.filter((request) => request.route === route).length;
const sentTo = (route: string): JsonObject =>
  (vendor.requests.find((request) => request.route === route)?.json() ?? {}) as JsonObject;

async function nextPoll(stepMs = 2_000): Promise<void> {
  const before = asked(POLL);
  await logins.clock.someoneSleeps(4 * MINUTE);
  logins.clock.advance(stepMs);
  await vendor.asked(POLL, before + 1);
}

async function byBrowser(options: Readonly<Record<string, string>> = {}): Promise<string> {
  const id = await logins.start({ method: 'browser', options });
  await follow(await consent((await logins.event(id, 'open-url')).url));
  return id;
}

test('a Builder ID by code on another device', async () => {
  const id = await logins.start({ method: 'device' });
  const shown = await logins.event(id, 'device-code');
  expect(shown).toMatchObject({
    url: 'https://device.sso.us-east-1.amazonaws.com/',
    completeUrl: expect.stringContaining(shown.userCode),
    expiresAt: logins.clock.now() + 10 * MINUTE,
  });
  await nextPoll();
  vendor.approveDevice(shown.userCode);
  await nextPoll();
  expect((await logins.end(id)).result).toMatchObject({
    name: 'kiro-aws-ann@example.com.json',
    label: 'ann@example.com',
  });
  expect((await logins.stored())['kiro-aws-ann@example.com.json']).toEqual({
    type: 'kiro',
    access_token: expect.stringMatching(/^aoa/),
    refresh_token: expect.stringMatching(/^aorAAAAAG-/),
    auth_method: 'builder-id',
    provider: 'AWS',
    client_id: expect.stringMatching(/^client-/),
    client_secret: expect.stringMatching(/^secret-/),
    region: 'us-east-1',
    start_url: BUILDER_URL,
    email: 'ann@example.com',
    expires_at: new Date(logins.clock.now() + 60 * MINUTE).toISOString(),
    last_refresh: new Date(logins.clock.now()).toISOString(),
  });
  expect(sentTo('POST /device_authorization')['startUrl']).toBe(BUILDER_URL);
  expect(asked('POST /ListAvailableProfiles')).toBe(0);
});

test('a Builder ID in the browser comes back to 127.0.0.1, by a client of that login’s own', async () => {
  const id = await byBrowser();
  expect((await logins.end(id)).state).toBe('succeeded');
  const { redirectUri } = await logins.event(id, 'open-url');
  expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/);
  expect(sentTo('POST /client/register')).toMatchObject({
    issuerUrl: BUILDER_URL,
    clientName: 'cliproxyctl',
    redirectUris: [redirectUri],
  });
});

describe('an organisation', () => {
  test('logs in where it is at home, and its profile is found', async () => {
    const id = await byBrowser(ORGANISATION);
    expect((await logins.end(id)).result).toMatchObject({ name: 'kiro-idc-ann@example.com.json' });
    expect((await logins.stored())['kiro-idc-ann@example.com.json']).toMatchObject({
      auth_method: 'idc',
      region: 'eu-west-1',
      start_url: ORGANISATION['start-url'],
      profile_arn: ARN,
    });
    expect(sentTo('POST /client/register')['issuerUrl']).toBe(ORGANISATION['start-url']);
  });

  test('with several profiles asks which', async () => {
    const other = ARN.replace('ONE', 'TWO');
    vendor.profiles = [...vendor.profiles, { arn: other, profileName: 'Ops' }];
    const id = await byBrowser(ORGANISATION);
    const question = await logins.event(id, 'question');
    expect(question.choices?.map(({ value }) => value)).toEqual([ARN, other]);
    logins.sessions.answer({ id, question: question.id, value: other });
    await logins.end(id);
    expect(Object.values(await logins.stored())[0]?.['profile_arn']).toBe(other);
  });

  test('without a profile is kept, with a warning', async () => {
    vendor.profiles = [];
    const id = await byBrowser(ORGANISATION);
    expect((await logins.end(id)).result?.warning).toMatch(/no Kiro profile/);
  });

  test.each([
    { name: 'a start URL that is none', options: { 'start-url': 'my company' } },
    { name: 'a region that is none', options: { ...ORGANISATION, region: 'evil.example.com/' } },
  ])('with $name is refused before anything is sent', async ({ options }) => {
    const id = await logins.start({ method: 'device', options });
    expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code: 'login_option_invalid' } });
    expect(vendor.requests).toEqual([]);
  });
});

test('two accounts without a name do not take each other’s place', async () => {
  vendor.email = undefined;
  for (const _ of [1, 2]) await logins.end(await byBrowser());
  const names = Object.keys(await logins.stored());
  expect(names).toHaveLength(2);
  expect(names.every((name) => /^kiro-aws-\d{5}\.json$/.test(name))).toBe(true);
});

test('the same person again replaces the file', async () => {
  for (const _ of [1, 2]) await logins.end(await byBrowser());
  expect(Object.keys(await logins.stored())).toEqual(['kiro-aws-ann@example.com.json']);
});

describe('while the code is not entered', () => {
  test.each([
    { name: 'slow_down', answer: { status: 400, body: { error: 'slow_down' } } },
    { name: '503', answer: { status: 503 } },
    { name: '429', answer: { status: 429, headers: { 'retry-after': '3' } } },
    { name: 'a broken connection', answer: { breaks: true } },
  ])('$name is waited out', async ({ answer }) => {
    vendor.next(POLL, answer);
    const id = await logins.start({ method: 'device' });
    vendor.approveDevice((await logins.event(id, 'device-code')).userCode);
    await nextPoll();
    await nextPoll(20_000);
    expect((await logins.end(id)).state).toBe('succeeded');
  });

  test.each([
    { error: 'expired_token', code: 'login_expired' },
    { error: 'access_denied', code: 'login_denied' },
    { error: 'invalid_grant', code: 'login_refused' },
  ])('$error ends it', async ({ error, code }) => {
    vendor.next(POLL, { status: 400, body: { error, error_description: 'no' } });
    const id = await logins.start({ method: 'device' });
    await logins.event(id, 'device-code');
    await nextPoll();
    expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code } });
    expect(await logins.stored()).toEqual({});
  });
});

test('a client that AWS does not register ends the login', async () => {
  vendor.next('POST /client/register', { status: 400, body: { error: 'invalid_scope' } });
  const id = await logins.start({ method: 'browser' });
  expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code: 'login_refused' } });
});

describe('a pasted token', () => {
  const paste = async (token: string) => {
    const id = await logins.start({ method: 'token' });
    await logins.event(id, 'question');
    logins.sessions.answer({ id, question: 'token', value: token });
    return logins.end(id);
  };

  test('of a login by Google is renewed at once, and kept where the answer has none', async () => {
    expect((await paste(` ${vendor.socialToken}\n`)).result?.name).toBe('kiro-social-ann@example.com.json');
    expect(Object.values(await logins.stored())[0]).toMatchObject({
      auth_method: 'social',
      provider: 'imported',
      refresh_token: vendor.socialToken,
      profile_arn: 'arn:aws:codewhisperer:us-east-1:1:profile/SOCIAL',
    });
  });

  test('that is an API key is used as it is', async () => {
    expect((await paste('ksk_abc-123')).result?.name).toMatch(/^kiro-key-\d{5}\.json$/);
    expect(Object.values(await logins.stored())[0]).toEqual({
      type: 'kiro',
      access_token: 'ksk_abc-123',
      auth_method: 'api-key',
    });
  });

  test('of another kind is refused unsent', async () => {
    expect(await paste('sk-ant-1')).toMatchObject({ state: 'failed', error: { code: 'login_refused' } });
    expect(vendor.requests).toEqual([]);
  });

  test('that is dead is refused without being repeated', async () => {
    const token = `aorAAAAAG${'x'.repeat(120)}`;
    const { error } = await paste(token);
    expect(error).toMatchObject({ code: 'login_refused' });
    expect(JSON.stringify(error)).not.toContain(token);
  });
});

describe('the login of the Kiro IDE', () => {
  const FOLDER = '/home/ann/.aws/sso/cache';
  const HASH = '0123456789abcdef';
  const token = {
    accessToken: 'aoaIDE',
    refreshToken: `aorAAAAAG${'i'.repeat(120)}`,
    expiresAt: '2026-10-01T12:00:00.123Z',
    authMethod: 'IdC',
    provider: 'Enterprise',
    region: 'eu-west-1',
    startUrl: ORGANISATION['start-url'],
    clientIdHash: HASH,
    email: 'bob@example.com',
    profileArn: ARN,
  };
  const files = (file: JsonObject, more: Readonly<Record<string, string>> = {}) => ({
    [`${FOLDER}/kiro-auth-token.json`]: JSON.stringify(file),
    [`${FOLDER}/${HASH}.json`]: JSON.stringify({ clientId: 'c-1', clientSecret: 's-1', expiresAt: 'x' }),
    ...more,
  });
  async function take(present: Readonly<Record<string, string>>, options: Readonly<Record<string, string>> = {}) {
    const own = openTestLogins({ methods: kiroLogins, settings: { endpoints: vendor.endpoints }, files: present });
    try {
      const id = await own.start({ method: 'import', options });
      const over = own.end(id);
      // What cannot be read is read again, for a while.
      for (let tries = 0; tries < 10; tries += 1) {
        await Promise.race([own.clock.someoneSleeps(1_000), over]);
        own.clock.advance(500);
      }
      return { view: await over, stored: await own.stored() };
    } finally {
      await own.close();
    }
  }

  test('is taken over with its client, and stays the IDE’s own', async () => {
    const { view, stored } = await take(files(token));
    expect(view.result).toMatchObject({ name: 'kiro-enterprise-bob@example.com.json' });
    expect(view.result?.warning).toMatch(/goes on owning/);
    expect(stored['kiro-enterprise-bob@example.com.json']).toMatchObject({
      auth_method: 'idc',
      access_token: 'aoaIDE',
      expires_at: token.expiresAt,
      client_id: 'c-1',
      client_secret: 's-1',
      client_id_hash: HASH,
      profile_arn: ARN,
      cliproxyctl_read_only: true,
    });
  });

  test('is renewed here where the person says so', async () => {
    const { view, stored } = await take(files(token), { own: 'true' });
    expect(view.result?.warning).toMatch(/renewed here/);
    expect(Object.values(stored)[0]).not.toHaveProperty('cliproxyctl_read_only');
  });

  test('by Google needs no client', async () => {
    const { clientIdHash: _hash, ...social } = { ...token, authMethod: 'social', provider: 'Google' };
    const { view, stored } = await take(files(social));
    expect(view.result?.name).toBe('kiro-google-bob@example.com.json');
    expect(Object.values(stored)[0]?.['auth_method']).toBe('social');
  });

  test('without its client is kept with a warning', async () => {
    const { view } = await take({ [`${FOLDER}/kiro-auth-token.json`]: JSON.stringify(token) });
    expect(view.result?.warning).toMatch(/cannot be renewed/);
  });

  test('may lie in a file of another name', async () => {
    const present = { [`${FOLDER}/kiro-work.json`]: JSON.stringify({ ...token, clientId: 'c', clientSecret: 's' }) };
    expect((await take(present, { file: 'kiro-work.json' })).view.state).toBe('succeeded');
  });

  test.each<{
    name: string;
    present: Readonly<Record<string, string>>;
    options?: Record<string, string>;
    code: string;
  }>([
    { name: 'that is not there', present: {}, code: 'login_source_missing' },
    { name: 'without tokens', present: files({ accessToken: 'a' }), code: 'login_source_missing' },
    {
      name: 'with dots in its token',
      present: files({ ...token, refreshToken: `aor...${'x'.repeat(120)}` }),
      code: 'login_refused',
    },
    { name: 'with half a token', present: files({ ...token, refreshToken: 'aorAAAAAGshort' }), code: 'login_refused' },
    {
      name: 'whose client lies elsewhere',
      present: files({ ...token, clientIdHash: '../../../etc/x' }),
      code: 'login_refused',
    },
    {
      name: 'that stays half written',
      present: { [`${FOLDER}/kiro-auth-token.json`]: '{"accessTo' },
      code: 'login_source_unreadable',
    },
    {
      name: 'by a name that leads elsewhere',
      present: {},
      options: { file: '../x.json' },
      code: 'login_option_invalid',
    },
  ])('$name is refused', async ({ present, options = {}, code }) => {
    expect((await take(present, options)).view).toMatchObject({ state: 'failed', error: { code } });
  });
});
