import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { geminiLogins } from '../../../../src/daemon/providers/gemini/login.js';
import { refreshGemini, revokeGemini } from '../../../../src/daemon/providers/gemini/refresh.js';
import { type GoogleFake, OWN_CLIENT, startGoogleFake } from '../../../support/oauth/google.js';
import {
  consent,
  follow,
  openTestLogins,
  type TestLogins,
  type TestLoginsOptions,
} from '../../../support/oauth/logins.js';
import { openRenewal, type Renewal } from '../../../support/oauth/renewal.js';

const FILE = 'gemini-ann@example.com-my-project.json';
const PROJECT = { project: 'my-project' };
const OWN = { clientId: OWN_CLIENT.id, clientSecret: OWN_CLIENT.secret };

let vendor: GoogleFake;
let logins: TestLogins;

const open = (options: Partial<TestLoginsOptions> = {}): TestLogins =>
  openTestLogins({ methods: geminiLogins, settings: { endpoints: vendor.endpoints, ...OWN }, ...options });

beforeEach(async () => {
  vendor = await startGoogleFake();
  logins = open();
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

async function agree(from: TestLogins, options: Record<string, string> = PROJECT): Promise<string> {
  const id = await from.start({ method: 'browser', options });
  const { url } = await from.event(id, 'open-url');
  expect((await follow(await consent(url))).status).toBe(200);
  return id;
}

describe('a login in the browser', () => {
  test('is of the user’s own client, and kept with it', async () => {
    const { result } = await logins.end(await agree(logins));
    expect(result).toEqual({ credential: `acme:${FILE}`, name: FILE, label: 'ann@example.com', replaced: false });
    expect((await logins.stored())[FILE]).toEqual({
      type: 'gemini',
      access_token: expect.stringMatching(/^ya29\./),
      refresh_token: expect.stringMatching(/^1\/\//),
      expired: new Date(logins.clock.now() + 3_599_000).toISOString(),
      email: 'ann@example.com',
      project_id: 'my-project',
      client_id: OWN_CLIENT.id,
      client_secret: OWN_CLIENT.secret,
      scopes: vendor.allowed,
    });
  });

  test.each([
    { kind: 'installed', project: 'client-project' },
    { kind: 'web', project: 'client-project' },
  ])('takes the client’s file ($kind), and its project', async ({ kind, project }) => {
    const client = { client_id: OWN_CLIENT.id, client_secret: OWN_CLIENT.secret, project_id: project };
    const files = { '/keys/client.json': JSON.stringify({ [kind]: client }) };
    const own = open({ settings: { endpoints: vendor.endpoints }, files });
    const { result } = await own.end(await agree(own, { client: '/keys/client.json' }));
    expect(result).toMatchObject({ name: `gemini-ann@example.com-${project}.json` });
    await own.close();
  });

  test.each<{ name: string; options: Record<string, string>; files: Record<string, string> }>([
    { name: 'none is configured', options: {}, files: {} },
    { name: 'the file that was named is not there', options: { client: '/keys/no.json' }, files: {} },
    { name: 'the file holds none', options: { client: '/keys/a.json' }, files: { '/keys/a.json': '{"installed":{}}' } },
  ])('needs a client: $name', async ({ options, files }) => {
    const own = open({ settings: { endpoints: vendor.endpoints }, files });
    const { error } = await own.end(await own.start({ method: 'browser', options }));
    expect(error).toMatchObject({ code: 'oauth_client_missing', hint: expect.stringContaining('desktop client') });
    expect(vendor.requests).toEqual([]);
    await own.close();
  });

  test('asks for the project where nothing says it', async () => {
    const id = await agree(logins, {});
    expect(await logins.event(id, 'question')).toMatchObject({ id: 'project', secret: false });
    logins.sessions.answer({ id, question: 'project', value: 'my-project' });
    expect((await logins.end(id)).result).toMatchObject({ name: FILE });
  });

  test('takes no project that is none', async () => {
    const { error } = await logins.end(await agree(logins, { project: 'a b\nc' }));
    expect(error?.code).toBe('login_option_invalid');
    expect(await logins.stored()).toEqual({});
  });

  test.each([
    { name: 'something was not allowed', change: { allowed: ['openid'] }, says: 'tick it' },
    { name: 'nothing renews it', change: { givesRefreshToken: false }, says: 'ends in an hour' },
  ])('is kept with a warning where $name', async ({ change, says }) => {
    Object.assign(vendor, change);
    expect((await logins.end(await agree(logins))).result?.warning).toContain(says);
  });

  test('takes the place of the same one, and another project is another', async () => {
    await logins.end(await agree(logins));
    expect((await logins.end(await agree(logins))).result).toMatchObject({ name: FILE, replaced: true });
    expect((await logins.end(await agree(logins, { project: 'other-1' }))).result).toMatchObject({ replaced: false });
    expect(Object.keys(await logins.stored())).toHaveLength(2);
  });

  test('that Google refuses is told without secrets', async () => {
    const own = open({ settings: { endpoints: vendor.endpoints, ...OWN, clientSecret: 'GOCSPX-wrong' } });
    const { error } = await own.end(await agree(own));
    expect(error).toMatchObject({ code: 'login_refused', message: expect.stringContaining('invalid_client') });
    expect(JSON.stringify(error)).not.toContain('GOCSPX');
    await own.close();
  });
});

describe('the application-default credentials', () => {
  const path = '/home/ann/.config/gcloud/application_default_credentials.json';
  const adc = {
    type: 'authorized_user',
    client_id: OWN_CLIENT.id,
    client_secret: OWN_CLIENT.secret,
    refresh_token: '1//adc',
    quota_project_id: 'my-project',
  };
  const takeOver = async (file: JsonObject) => {
    const own = open({ files: { [path]: JSON.stringify(file) } });
    const end = await own.end(await own.start({ method: 'import' }));
    const stored = await own.stored();
    await own.close();
    return { end, stored };
  };

  test('are proven, and kept with their client and project', async () => {
    vendor.refreshTokens.add('1//adc');
    const { stored } = await takeOver(adc);
    expect(stored['gemini-account-my-project.json']).toMatchObject({
      type: 'gemini',
      access_token: expect.stringMatching(/^ya29\./),
      refresh_token: '1//adc',
      client_id: OWN_CLIENT.id,
      project_id: 'my-project',
    });
  });

  test('that Google takes no more are refused', async () => {
    const { end, stored } = await takeOver(adc);
    expect(end.error).toMatchObject({ code: 'login_refused', message: expect.stringContaining('invalid_grant') });
    expect(JSON.stringify(end.error)).not.toContain('1//adc');
    expect(stored).toEqual({});
  });
});

describe('a renewal', () => {
  let renewal: Renewal;
  beforeEach(() => {
    renewal = openRenewal(vendor.endpoints);
    vendor.refreshTokens.add('1//good');
  });
  afterEach(() => renewal.close());
  const stored = { refresh_token: '1//good', client_id: OWN_CLIENT.id, client_secret: OWN_CLIENT.secret };

  test('keeps the refresh token where Google gives no other', async () => {
    const outcome = await refreshGemini(stored, renewal.context);
    expect(outcome).toEqual({
      kind: 'renewed',
      fields: {
        access_token: expect.stringMatching(/^ya29\./),
        expired: expect.any(String),
        last_refresh: new Date(renewal.clock.now()).toISOString(),
      },
    });
  });

  test.each<{ name: string; fields: JsonObject }>([
    { name: 'the login was revoked', fields: { ...stored, refresh_token: '1//gone' } },
    { name: 'the client was deleted', fields: { ...stored, client_secret: 'x' } },
    { name: 'there is nothing to renew it with', fields: { client_id: 'x' } },
    { name: 'the client is not known', fields: { refresh_token: '1//good' } },
  ])('needs a login where $name', async ({ fields }) => {
    expect(await refreshGemini(fields, renewal.context)).toMatchObject({ kind: 'login-needed' });
  });

  test.each([{ status: 429, headers: { 'retry-after': '600' } }, { status: 403 }])(
    'is tried later after %o',
    async (answer) => {
      vendor.next('POST /token', answer);
      const wait = 'headers' in answer ? 600_000 : 300_000;
      expect(await refreshGemini(stored, renewal.context)).toMatchObject({ kind: 'failed', retryAfterMs: wait });
    },
  );

  test('is asked three times while Google is down', async () => {
    vendor.next('POST /token', { status: 500 }, { breaks: true }, { status: 503 });
    expect(await refreshGemini(stored, renewal.context)).toMatchObject({ kind: 'failed' });
    expect(vendor.requests).toHaveLength(3);
  });

  test('is over for a login that was made here and is logged out, and for no other', async () => {
    await expect(revokeGemini(stored, renewal.context)).rejects.toMatchObject({ code: 'revoke_failed' });
    await revokeGemini({ ...stored, scopes: ['openid'] }, renewal.context);
    expect(vendor.refreshTokens.has('1//good')).toBe(false);
  });
});
