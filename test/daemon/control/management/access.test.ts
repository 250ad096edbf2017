import { beforeEach, describe, expect, test } from 'vitest';
import { management, managementPath } from '../../../../src/shared/contract/management/management.js';
import { MANAGEMENT_KEY, openTestManagement, type TestManagement } from '../../../support/management.js';

const LIST = '/v0/management/auth-files';
const MINUTE = 60_000;
const ROUTES = Object.entries(management).map(([name, route]) => ({
  name,
  method: route.method.toUpperCase(),
  path: managementPath(route),
  access: route.access,
}));
/** Paths without a handler belong to the key as well. */
const UNBUILT = ['/config', '/api-call', '/logs', '/no-such-thing', ''].flatMap((path) =>
  ['GET', 'PUT', 'POST', 'HEAD', 'OPTIONS', 'TRACE-ALIKE'].map((method) => ({
    name: `${method} ${path}`,
    method,
    path: `/v0/management${path}`,
    access: 'key' as const,
  })),
);

let api: TestManagement;
beforeEach(() => {
  api = openTestManagement();
});
const wrong = (peer: string) => api.ask(LIST, { peer, key: 'wrong' });

describe('every route', () => {
  test.each([...ROUTES, ...UNBUILT].filter(({ access }) => access === 'key'))(
    '$name refuses without a key',
    async ({ method, path }) => {
      expect(await api.ask(path, { method, key: undefined })).toMatchObject({ status: 401 });
      expect(await api.ask(path, { method, key: 'wrong' })).toMatchObject({ status: 401 });
    },
  );

  test.each(ROUTES.filter(({ access }) => access !== 'key'))(
    '$name gives nothing away without a state',
    async (route) => {
      const { status, text } = await api.ask(route.path, {
        method: route.method,
        key: undefined,
        body: route.method === 'POST' ? {} : undefined,
      });
      expect([200, 400]).toContain(status);
      expect(text).toMatch(/state is required|Unknown login/);
    },
  );

  test.each([...ROUTES, ...UNBUILT])('$name is not there where no key is configured', async ({ method, path }) => {
    api = openTestManagement({ config: 'api-keys: [a-client-key]' });
    expect(await api.ask(path, { method })).toMatchObject({ status: 404, text: '' });
  });

  test.each([...ROUTES, ...UNBUILT])('$name refuses a foreign Host before anything else', async ({ method, path }) => {
    const { status, text } = await api.ask(path, { method, headers: { host: 'rebound.example' } });
    expect(status).toBe(403);
    if (method !== 'HEAD') expect(text).toContain('host_not_allowed');
  });

  test.each([...ROUTES, ...UNBUILT].filter(({ access }) => access !== 'navigation'))(
    '$name refuses pages of other sites, key or not',
    async ({ method, path }) => {
      expect(await api.ask(path, { method, headers: { origin: 'https://evil.example' } })).toMatchObject({
        status: 403,
      });
      expect(await api.ask(path, { method, headers: { 'sec-fetch-site': 'cross-site' } })).toMatchObject({
        status: 403,
      });
      expect(api.verified).toEqual([]);
    },
  );
});

test('what is not built says so, to a holder of the key', async () => {
  const { status, body } = await api.ask('/v0/management/api-call', { method: 'POST', body: {} });
  expect(status).toBe(404);
  expect(body).toMatchObject({ error: 'not_found', message: expect.stringContaining('docs/management-api.md') });
});

test('what came from the data plane reaches nothing but management', async () => {
  expect(await api.ask('/v0/lifecycle/status')).toMatchObject({ status: 404, text: '' });
  expect(await api.ask('/v0/management/../lifecycle/status')).toMatchObject({ status: 404, text: '' });
});

test('the local socket asks for no key, and looks at no address', async () => {
  const headers = { host: 'localhost', origin: 'https://evil.example' };
  expect(await api.ask(LIST, { peer: undefined, key: undefined, headers })).toMatchObject({ status: 200 });
});

describe('the key', () => {
  test.each([
    { name: 'a bearer', headers: { authorization: `Bearer ${MANAGEMENT_KEY}` } },
    { name: 'a bearer in lower case', headers: { authorization: `bearer ${MANAGEMENT_KEY}` } },
    { name: 'Authorization as a whole', headers: { authorization: MANAGEMENT_KEY } },
    { name: 'X-Management-Key', headers: { 'x-management-key': MANAGEMENT_KEY } },
    {
      name: 'X-Management-Key beside an empty Authorization',
      headers: { authorization: '', 'x-management-key': MANAGEMENT_KEY },
    },
  ])('comes as $name', async ({ headers }) => {
    expect(await api.ask(LIST, { key: undefined, headers })).toMatchObject({ status: 200 });
  });

  test('in Authorization wins over the one in X-Management-Key', async () => {
    expect(await api.ask(LIST, { headers: { authorization: 'Bearer wrong' } })).toMatchObject({
      status: 401,
      body: { error: 'invalid management key' },
    });
  });

  test('is compared with its hash once, and remembered', async () => {
    await api.ask(LIST);
    await api.ask(LIST);
    await api.ask(LIST);
    expect(api.verified).toEqual([MANAGEMENT_KEY]);
  });

  test('longer than bcrypt looks at is wrong', async () => {
    expect(await api.ask(LIST, { key: 'x'.repeat(73) })).toMatchObject({ status: 401 });
    expect(api.verified).toEqual([]);
  });

  test('from the environment works beside the one of the config', async () => {
    api = openTestManagement({ password: 'from-the-environment' });
    expect(await api.ask(LIST, { key: 'from-the-environment' })).toMatchObject({ status: 200 });
    expect(await api.ask(LIST)).toMatchObject({ status: 200 });
  });

  test('from the environment alone opens loopback, and nothing else', async () => {
    api = openTestManagement({ password: 'from-the-environment', config: 'port: 8317' });
    expect(await api.ask(LIST, { key: 'from-the-environment' })).toMatchObject({ status: 200 });
    expect(await api.ask(LIST, { key: 'from-the-environment', peer: '192.0.2.7' })).toMatchObject({
      status: 403,
      body: { error: 'remote management disabled' },
    });
  });
});

describe('an address', () => {
  const remote = (allow: boolean) =>
    openTestManagement({
      config: `remote-management: {secret-key: hash-of-${MANAGEMENT_KEY}, allow-remote: ${allow}}`,
    });

  test.each(['192.0.2.7', '2001:db8::1', '127.0.0.2', '::ffff:192.0.2.7', '10.0.0.1'])(
    '%s is remote, and let in only where the config says so',
    async (peer) => {
      expect(await remote(false).ask(LIST, { peer })).toMatchObject({
        status: 403,
        body: { error: 'remote management disabled' },
      });
      expect(await remote(true).ask(LIST, { peer })).toMatchObject({ status: 200 });
    },
  );

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('%s is loopback', async (peer) => {
    expect(await remote(false).ask(LIST, { peer })).toMatchObject({ status: 200 });
  });

  test('in a forwarding header counts for nothing', async () => {
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' };
    expect(await remote(false).ask(LIST, { peer: '192.0.2.7', headers })).toMatchObject({ status: 403 });
  });
});

describe('lock-out', () => {
  test('comes with the fifth wrong key, for half an hour, right key or not', async () => {
    for (let count = 0; count < 5; count++) expect(await wrong('127.0.0.1')).toMatchObject({ status: 401 });
    expect(await api.ask(LIST)).toMatchObject({
      status: 403,
      body: { error: 'IP banned due to too many failed attempts. Try again in 30m0s' },
    });
    api.now += 2_000;
    expect(await api.ask(LIST)).toMatchObject({ body: { error: expect.stringContaining('29m58s') } });
    api.now += 30 * MINUTE;
    expect(await api.ask(LIST)).toMatchObject({ status: 200 });
  });

  test('is of one address', async () => {
    for (let count = 0; count < 5; count++) await wrong('127.0.0.1');
    expect(await api.ask(LIST, { peer: '::1' })).toMatchObject({ status: 200 });
  });

  test('does not come of missing keys', async () => {
    for (let count = 0; count < 20; count++) await api.ask(LIST, { key: undefined });
    expect(await api.ask(LIST)).toMatchObject({ status: 200 });
  });

  test('is not put off by somebody else who has the key', async () => {
    for (let count = 0; count < 4; count++) await wrong('127.0.0.1');
    await api.ask(LIST);
    await wrong('127.0.0.1');
    expect(await api.ask(LIST)).toMatchObject({ status: 403 });
  });

  test('forgets failures of half an hour ago', async () => {
    for (let count = 0; count < 4; count++) await wrong('127.0.0.1');
    api.now += 31 * MINUTE;
    await wrong('127.0.0.1');
    expect(await api.ask(LIST)).toMatchObject({ status: 200 });
  });

  test('counts keys that were sent all at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => wrong('127.0.0.1')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(api.verified).toHaveLength(5);
  });

  test('a flood of guesses from everywhere waits in no endless line', async () => {
    api = openTestManagement({
      config: `remote-management: {secret-key: hash-of-${MANAGEMENT_KEY}, allow-remote: true}`,
    });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => wrong(`192.0.2.${index}`)));
    expect(answers.filter(({ status }) => status === 503).length).toBeGreaterThan(50);
  });
});

describe('web pages', () => {
  const listed = () =>
    openTestManagement({
      config: `allowed-origins: ["https://ui.example"]\nremote-management: {secret-key: hash-of-${MANAGEMENT_KEY}}`,
    });

  test('of our own origin may call, and no CORS header is sent', async () => {
    const { status, headers } = await api.ask(LIST, { headers: { origin: 'http://127.0.0.1:8317' } });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('of a listed origin may ask beforehand, call, and read', async () => {
    const origin = 'https://ui.example';
    const preflight = {
      origin,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization',
    };
    const asked = await listed().ask(LIST, { method: 'OPTIONS', key: undefined, headers: preflight });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    const called = await listed().ask(LIST, { headers: { origin } });
    expect(called.headers.get('access-control-allow-origin')).toBe(origin);
    expect(await listed().ask(LIST, { headers: { origin }, key: undefined })).toMatchObject({ status: 401 });
  });
});

test('every answer says the version, and that there are no plugins', async () => {
  for (const key of [MANAGEMENT_KEY, 'wrong', undefined]) {
    const { headers } = await api.ask(LIST, { key });
    expect(headers.get('x-cpa-version')).toMatch(/^\d/);
    expect(headers.get('x-cpa-support-plugin')).toBe('false');
  }
});
