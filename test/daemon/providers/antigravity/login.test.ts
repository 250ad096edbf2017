import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { antigravityLogins } from '../../../../src/daemon/providers/antigravity/login.js';
import {
  consent,
  follow,
  freePort,
  openTestLogins,
  type TestLogins,
  type TestLoginsOptions,
} from '../../../support/oauth/logins.js';
import {
  ANTIGRAVITY_PROJECT,
  antigravityFile,
  callsOf,
  type FakeAntigravity,
  ownClient,
  startFakeAntigravity,
  WITHHELD_SCOPES,
} from '../../../support/vendors/antigravity.js';

const NAME = 'antigravity-ann@example.com.json';

let vendor: FakeAntigravity;
let logins: TestLogins;

const open = (options: Partial<TestLoginsOptions> = {}): TestLogins =>
  openTestLogins({ methods: antigravityLogins, settings: { endpoints: vendor.endpoints, ...ownClient }, ...options });

beforeEach(async () => {
  vendor = await startFakeAntigravity();
  logins = open();
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

async function agree(options: Record<string, string> = {}): Promise<string> {
  const id = await logins.start({ method: 'browser', options });
  const { url } = await logins.event(id, 'open-url');
  expect((await follow(await consent(url))).status).toBe(200);
  return id;
}

describe('a login in the browser', () => {
  test('is of the user’s own client, and kept as related gateways keep it', async () => {
    const { result } = await logins.end(await agree());
    expect(result).toEqual({ credential: `acme:${NAME}`, name: NAME, label: 'ann@example.com', replaced: false });
    const now = logins.clock.now();
    expect((await logins.stored())[NAME]).toEqual({
      type: 'antigravity',
      access_token: expect.stringMatching(/^ya29\./),
      refresh_token: expect.stringMatching(/^1\/\//),
      expires_in: 3599,
      timestamp: now,
      expired: new Date(now + 3_599_000).toISOString(),
      email: 'ann@example.com',
      project_id: ANTIGRAVITY_PROJECT,
      client_id: ownClient.clientId,
      client_secret: ownClient.clientSecret,
    });
  });

  test('needs a client, and asks Google nothing without one', async () => {
    const own = open({ settings: { endpoints: vendor.endpoints } });
    const { error } = await own.end(await own.start({ method: 'browser' }));
    expect(error).toMatchObject({
      code: 'oauth_client_missing',
      hint: expect.stringContaining('oauth-clients.antigravity'),
    });
    expect(vendor.seen).toEqual([]);
    await own.close();
  });

  test('asks for fewer scopes where Google keeps some for itself, and comes back to the same port', async () => {
    vendor.google.withheld = WITHHELD_SCOPES;
    const callbackPort = await freePort();
    const id = await logins.start({ method: 'browser', callbackPort });
    const first = await logins.event(id, 'open-url');
    await follow(await consent(first.url));
    const { url } = await secondUrl(id, first.url);
    expect(new URL(url).searchParams.get('state')).toBe(new URL(first.url).searchParams.get('state'));
    await follow(await consent(url));
    expect((await logins.end(id)).result).toMatchObject({ name: NAME });
  });

  test('asks for no more than those from the start where told so', async () => {
    vendor.google.withheld = WITHHELD_SCOPES;
    expect((await logins.end(await agree({ scopes: 'basic' }))).result).toMatchObject({ name: NAME });
  });

  test('has a project made where the account has none, and waits for it', async () => {
    vendor.account = { allowedTiers: [{ id: 'standard-tier' }, { id: 'free-tier-2', isDefault: true }] };
    vendor.pendingRounds = 2;
    const id = await agree();
    for (let waits = 0; waits < 2; waits++) {
      await logins.clock.someoneSleeps(2_001);
      logins.clock.advance(2_000);
    }
    expect((await logins.end(id)).result).not.toHaveProperty('warning');
    expect((await logins.stored())[NAME]).toMatchObject({ project_id: ANTIGRAVITY_PROJECT });
    expect(callsOf(vendor)).toEqual(['main loadCodeAssist', ...Array.from({ length: 3 }, () => 'daily onboardUser')]);
    expect(vendor.seen.at(-1)?.body['tierId']).toBe('free-tier-2');
  });

  test('without a project is kept with a warning, and none is made up', async () => {
    vendor.account = {};
    vendor.onboarded = undefined;
    const { result } = await logins.end(await agree());
    expect(result?.warning).toContain('no project was found');
    expect((await logins.stored())[NAME]).not.toHaveProperty('project_id');
  });

  test('that can be renewed by nothing says so', async () => {
    vendor.google.givesRefreshToken = false;
    expect((await logins.end(await agree())).result?.warning).toContain('ends in an hour');
  });

  test('takes the place of the same account’s', async () => {
    await logins.end(await agree());
    expect((await logins.end(await agree())).result).toMatchObject({ name: NAME, replaced: true });
    vendor.google.email = 'bob@example.com';
    expect((await logins.end(await agree())).result).toMatchObject({ replaced: false });
  });

  test('that Google refuses is told without secrets', async () => {
    const own = open({ settings: { endpoints: vendor.endpoints, ...ownClient, clientSecret: 'GOCSPX-wrong' } });
    const id = await own.start({ method: 'browser' });
    await follow(await consent((await own.event(id, 'open-url')).url));
    const { error } = await own.end(id);
    expect(error).toMatchObject({ code: 'login_refused', message: expect.stringContaining('invalid_client') });
    expect(JSON.stringify(error)).not.toContain('GOCSPX');
    await own.close();
  });
});

/** The address of the second try. */
async function secondUrl(id: string, first: string): Promise<{ readonly url: string }> {
  for (let after = 0; ; ) {
    const view = await logins.sessions.watch({ id, after, waitMs: 1e9 }, new AbortController().signal);
    const found = view.events.find((event) => event.type === 'open-url' && event.url !== first);
    if (found?.type === 'open-url') return found;
    if (view.state !== 'running') throw new Error(JSON.stringify(view));
    after = view.events.at(-1)?.seq ?? after;
  }
}

describe('the import of a file', () => {
  const path = '/home/ann/antigravity.json';
  const imported = async (
    file: JsonObject | string,
    more: Partial<TestLoginsOptions> = {},
    options: Record<string, string> = { file: path },
  ) => {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    const own = open({ files: { [path]: text }, ...more });
    const end = await own.end(await own.start({ method: 'import', options }));
    const stored = await own.stored();
    await own.close();
    return { end, stored };
  };
  const withoutClient = () => ({ settings: { endpoints: vendor.endpoints } });

  test('keeps everything that is in it', async () => {
    const { end, stored } = await imported(antigravityFile({ note: 'mine', base_url: undefined }));
    expect(end.result).toMatchObject({ name: NAME });
    expect(stored[NAME]).toMatchObject({ ...antigravityFile(), note: 'mine' });
  });

  test('needs no client while its token lasts, and says when it ends', async () => {
    const { end, stored } = await imported(antigravityFile(), withoutClient());
    expect(end.result?.warning).toContain('it ends at 2099-01-01T00:00:00.000Z');
    expect(Object.keys(stored)).toEqual([NAME]);
  });

  test('finds out whose it is, and the project', async () => {
    const { email: _, project_id: __, type: ___, ...file } = antigravityFile();
    const { stored } = await imported(file);
    expect(stored[NAME]).toMatchObject({
      type: 'antigravity',
      email: 'ann@example.com',
      project_id: ANTIGRAVITY_PROJECT,
    });
  });

  test('renews a token that has ended', async () => {
    const { stored } = await imported(antigravityFile({ expired: '2020-01-01T00:00:00Z' }));
    expect(stored[NAME]?.['access_token']).toMatch(/^ya29\.[0-9a-f]{16}$/);
    expect(stored[NAME]?.['refresh_token']).toBe('1//antigravity-test');
  });

  test('of a token that has ended is refused where no client may renew it', async () => {
    const { end, stored } = await imported(antigravityFile({ expired: '2020-01-01T00:00:00Z' }), withoutClient());
    expect(end.error).toMatchObject({
      code: 'login_refused',
      message: expect.stringContaining('only the OAuth client that this login was made with'),
    });
    expect(stored).toEqual({});
  });

  test.each<{ name: string; file: JsonObject | string; options?: Record<string, string>; code: string }>([
    { name: 'another vendor’s', file: { type: 'claude', access_token: 'x' }, code: 'login_source_missing' },
    { name: 'without tokens', file: { type: 'antigravity' }, code: 'login_source_missing' },
    { name: 'no JSON', file: 'hello', code: 'login_source_missing' },
    { name: 'with an odd project', file: antigravityFile({ project_id: 'a b' }), code: 'credential_malformed' },
    { name: 'named by half a path', file: '', options: { file: 'a.json' }, code: 'login_option_invalid' },
  ])('takes no file that is $name', async ({ file, options, code }) => {
    const { end, stored } = await imported(file, {}, options);
    expect(end.error?.code).toBe(code);
    expect(stored).toEqual({});
  });

  test('asks for the file where it was not named', async () => {
    const own = open({ files: { [path]: JSON.stringify(antigravityFile()) } });
    const id = await own.start({ method: 'import' });
    expect(await own.event(id, 'question')).toMatchObject({ id: 'file', secret: false });
    own.sessions.answer({ id, question: 'file', value: path });
    expect((await own.end(id)).result).toMatchObject({ name: NAME });
    await own.close();
  });

  test('keeps a login whose account Google refuses, with Google’s words', async () => {
    const { project_id: _, ...file } = antigravityFile({ access_token: 'ya29.foreign' });
    const { end } = await imported(file);
    expect(end.result?.warning).toContain('invalid authentication credentials');
    expect(JSON.stringify(end)).not.toContain('ya29.foreign');
  });
});
