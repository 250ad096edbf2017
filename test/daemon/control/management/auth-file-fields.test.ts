import { beforeEach, describe, expect, test } from 'vitest';
import { openTestManagement, type TestManagement } from '../../../support/management.js';

const PATH = '/v0/management/auth-files/fields';
const FILE = {
  type: 'claude',
  access_token: 'at',
  weight: 3,
  headers: { 'X-A': 'a', 'X-B': 'b' },
  unknown: { deep: [1] },
};

let api: TestManagement;
beforeEach(() => {
  api = openTestManagement({ files: { 'ann.json': FILE } });
});
const send = (body: unknown, asked = {}) => api.ask(PATH, { method: 'PATCH', body, ...asked });
const change = async (changes: Readonly<Record<string, unknown>>) => {
  const { status, body } = await send({ name: 'ann.json', ...changes });
  expect({ status, body }).toEqual({ status: 200, body: { status: 'ok' } });
  return api.files.get('ann.json');
};

describe('a member', () => {
  test.each([
    { name: 'of any name is set', changes: { mine: [1, { two: 2 }] }, result: { ...FILE, mine: [1, { two: 2 }] } },
    {
      name: 'within others is set',
      changes: { 'unknown.other': 1 },
      result: { ...FILE, unknown: { deep: [1], other: 1 } },
    },
    { name: 'makes objects on its way', changes: { 'a.b.c': 1 }, result: { ...FILE, a: { b: { c: 1 } } } },
    { name: 'goes with null', changes: { weight: null }, result: { ...FILE, weight: undefined } },
    {
      name: 'may be the time of its end',
      changes: { expired: '2020-01-01T00:00:00Z' },
      result: { ...FILE, expired: '2020-01-01T00:00:00Z' },
    },
    { name: 'is trimmed away when it is an empty prefix', changes: { prefix: '', note: ' ' }, result: FILE },
    { name: 'request_retry goes when negative', changes: { request_retry: -1 }, result: FILE },
    {
      name: 'of a hyphenated name is the underscored one',
      changes: { 'proxy-url': 'direct', 'excluded-models': ['x'] },
      result: { ...FILE, proxy_url: 'direct', excluded_models: ['x'] },
    },
    {
      name: 'in both spellings is the underscored one',
      changes: { 'request-retry': 1, request_retry: 2 },
      result: { ...FILE, request_retry: 2 },
    },
    { name: 'with other hyphens keeps them', changes: { 'my-own': 1 }, result: { ...FILE, 'my-own': 1 } },
  ])('$name', async ({ changes, result }) => {
    expect(await change(changes)).toEqual(JSON.parse(JSON.stringify(result)));
  });
});

describe('headers', () => {
  test.each([
    {
      name: 'are laid over',
      changes: { headers: { 'X-B': 'new', 'X-C': 'c' } },
      headers: { 'X-A': 'a', 'X-B': 'new', 'X-C': 'c' },
    },
    { name: 'go with an empty value', changes: { headers: { 'X-A': '' } }, headers: { 'X-B': 'b' } },
    {
      name: 'go one by one, and at last as a whole',
      changes: { headers: { 'X-A': '', 'X-B': '' } },
      headers: undefined,
    },
    { name: 'may be named with a dot', changes: { 'headers.X-A': 'new' }, headers: { 'X-A': 'new', 'X-B': 'b' } },
    { name: 'go with null', changes: { headers: null }, headers: undefined },
  ])('$name', async ({ changes, headers }) => {
    const result = await change(changes);
    expect(result?.['headers']).toEqual(headers);
    expect(Object.keys(result ?? {}).includes('headers')).toBe(headers !== undefined);
  });
});

describe('refused:', () => {
  test.each([
    [{ name: 'ann.json' }, 400, 'no fields to update'],
    [{ priority: 1 }, 400, 'name is required'],
    [[1], 400, 'invalid request body'],
    [{ name: 'nobody.json', priority: 1 }, 404, 'auth file not found'],
    [{ name: 'ann.json', weight: 1_000_001 }, 400, 'weight must be'],
    [{ name: 'ann.json', weight: 1.5 }, 400, 'weight must be'],
    [{ name: 'ann.json', 'weight.x': 1 }, 400, 'weight must be'],
    [{ name: 'ann.json', request_retry: 'x' }, 400, 'request_retry must be'],
    [{ name: 'ann.json', 'request-retry': 1.5 }, 400, 'request_retry must be'],
    [{ name: 'ann.json', priority: '1' }, 400, 'priority must be'],
    [{ name: 'ann.json', disabled: 'yes' }, 400, 'disabled must be'],
    [{ name: 'ann.json', headers: ['x'] }, 400, 'headers must be'],
    [{ name: 'ann.json', headers: { 'X-A': 1 } }, 400, 'headers must be'],
    [{ name: 'ann.json', 'a..b': 1 }, 400, 'invalid field name'],
    [{ name: 'ann.json', 'constructor.prototype.x': 1 }, 400, 'invalid field name'],
    [{ name: 'ann.json', 'a.prototype': 1 }, 400, 'invalid field name'],
    [{ name: 'ann.json', a: { constructor: { x: 1 } } }, 400, 'invalid field name'],
    ['{"name":"ann.json","__proto__":{"x":1}}', 400, 'invalid field name'],
    ['{"name":"ann.json","a":{"__proto__":{"x":1}}}', 400, 'invalid field name'],
    ['{"name":"ann.json","proxy-url":"a","proxy-url":"b"}', 400, 'duplicate field'],
    ['{"name":"ann.json","a":{"x":1,"x":2},"note":"{","\\u006eote":"}"}', 400, 'duplicate field'],
  ])('%j', async (body, status, error) => {
    expect(await send(body)).toMatchObject({ status, body: { error: expect.stringContaining(error) } });
    expect(api.files.get('ann.json')).toEqual(FILE);
  });

  test('a name twice in different objects is none', async () => {
    const body = '{"name":"ann.json","a":{"x":1},"b":{"x":"}"},"x":1}';
    expect(await send(body)).toMatchObject({ status: 200 });
  });
});

describe('where a credential is sent', () => {
  const places = [
    'base_url',
    'token_endpoint',
    'token_uri',
    'api_url',
    'enterprise_url',
    'base-url',
    'token.token_uri',
  ];

  test.each(places)('is not changed over TCP: %s', async (name) => {
    expect(await send({ name: 'ann.json', [name]: 'https://evil.example' })).toMatchObject({ status: 422 });
    expect(api.files.get('ann.json')).toEqual(FILE);
  });

  test.each([{ token: { token_uri: 'https://evil.example' } }, { type: 'codex' }])(
    'is not changed by %j',
    async (changes) => {
      expect(await send({ name: 'ann.json', ...changes })).toMatchObject({ status: 422 });
    },
  );

  test('may be repeated', async () => {
    api.files.set('ann.json', { ...FILE, base_url: 'https://api.example' });
    expect(await change({ base_url: 'https://api.example', type: 'claude', note: 'x' })).toMatchObject({ note: 'x' });
    expect(await send({ name: 'ann.json', base_url: null })).toMatchObject({ status: 422 });
  });

  test('is changed by the owner of the local socket', async () => {
    const local = { peer: undefined };
    expect(await send({ name: 'ann.json', 'base-url': 'https://own.example' }, local)).toMatchObject({ status: 200 });
    expect(api.files.get('ann.json')).toEqual({ ...FILE, base_url: 'https://own.example' });
  });
});
