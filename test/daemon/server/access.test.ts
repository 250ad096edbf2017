import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { compileAccess } from '../../../src/daemon/runtime/access-policy.js';
import { authorise } from '../../../src/daemon/server/access.js';
import type { ServerEnv } from '../../../src/daemon/server/env.js';
import { secretId } from '../../../src/shared/client-keys.js';
import { configOf } from '../../support/runtime.js';

const KEY = 'sk-client-1';
const KEYED = `api-keys: [sk-other-9, ${KEY}]`;
const NETWORK = `${KEYED}\nhost: 0.0.0.0`;

/** The code of the refusal, or the id of the caller. */
async function verdict(yaml: string, headers: Record<string, string>, path = '/v1/models'): Promise<string> {
  const access = compileAccess(configOf(yaml));
  const app = new Hono<ServerEnv>().get('*', (c) => {
    const result = authorise(c, access);
    return c.text('reason' in result ? `${result.status} ${result.code}` : result.keyId);
  });
  return (await app.request(path, { headers })).text();
}

const auth = { authorization: `Bearer ${KEY}` };

describe('the host', () => {
  test.each([
    ['loopback by name', KEYED, 'localhost:8317'],
    ['loopback by address', KEYED, '127.0.0.1:8317'],
    ['loopback in IPv6', KEYED, '[::1]:8317'],
    ['loopback without a port', KEYED, 'LOCALHOST'],
    ['a configured name', `${KEYED}\nallowed-hosts: [gateway.lan]`, 'gateway.lan:8317'],
    ['a configured name with its port', `${KEYED}\nallowed-hosts: ["gateway.lan:9"]`, 'gateway.lan:9'],
    ['any name where all are allowed', `${KEYED}\nallowed-hosts: ["*"]`, 'evil.test'],
    ['an address on the network', NETWORK, '192.168.1.2:8317'],
    ['an IPv6 address on the network', NETWORK, '[fe80::1]:8317'],
  ])('may be %s', async (_, yaml, host) => {
    expect(await verdict(yaml, { ...auth, host })).toBe(secretId(KEY));
  });

  test.each([
    ['a name that was rebound', KEYED, 'evil.test:8317'],
    ['a name that only begins well', KEYED, 'localhost.evil.test'],
    ['an address while bound to loopback', KEYED, '192.168.1.2'],
    ['another port of a name with its port', `${KEYED}\nallowed-hosts: ["gateway.lan:9"]`, 'gateway.lan:10'],
    ['a name on the network', NETWORK, 'evil.test'],
  ])('may not be %s', async (_, yaml, host) => {
    expect(await verdict(yaml, { ...auth, host })).toBe('403 host_not_allowed');
  });
});

describe('the origin', () => {
  test.each([
    ['http://localhost:8317', KEYED],
    ['http://127.0.0.1:8317', KEYED],
    ['HTTPS://App.example', `${KEYED}\nallowed-origins: ["https://app.example"]`],
  ])('%s may call', async (origin, yaml) => {
    expect(await verdict(yaml, { ...auth, origin })).toBe(secretId(KEY));
  });

  test.each(['http://localhost:3000', 'https://localhost:8317', 'https://evil.test', 'null'])(
    '%s may not',
    async (origin) => {
      expect(await verdict(KEYED, { ...auth, origin })).toBe('403 origin_not_allowed');
    },
  );

  test('hidden by a browser is refused too', async () => {
    expect(await verdict(KEYED, { ...auth, 'sec-fetch-site': 'cross-site' })).toBe('403 origin_not_allowed');
    expect(await verdict(KEYED, { ...auth, 'sec-fetch-site': 'none' })).toBe(secretId(KEY));
  });
});

describe('the key', () => {
  test.each<[string, Record<string, string>, string]>([
    ['a bearer token', auth, '/'],
    ['a bearer token in any case', { authorization: `bearer  ${KEY}` }, '/'],
    ['a bare authorization', { authorization: KEY }, '/'],
    ['x-api-key', { 'x-api-key': KEY }, '/'],
    ['x-goog-api-key', { 'x-goog-api-key': ` ${KEY} ` }, '/'],
    ['the query', {}, `/?key=${KEY}`],
    ['the query of a socket', {}, `/?auth_token=${KEY}`],
    ['another place than a wrong one', { authorization: 'Bearer wrong', 'x-api-key': KEY }, '/'],
  ])('may come as %s', async (_, headers, path) => {
    expect(await verdict(KEYED, headers, path)).toBe(secretId(KEY));
  });

  test.each<[string, Record<string, string>, string]>([
    ['nothing', {}, '401 missing_api_key'],
    ['an empty one', { authorization: 'Bearer ' }, '401 missing_api_key'],
    ['an unknown one', { 'x-api-key': 'wrong' }, '401 invalid_api_key'],
    ['the id of one', { 'x-api-key': secretId(KEY) }, '401 invalid_api_key'],
  ])('may not be %s', async (_, headers, code) => {
    expect(await verdict(KEYED, headers)).toBe(code);
  });

  test('is not asked where there is none, on loopback', async () => {
    expect(await verdict('', {})).toBe('none');
    expect(await verdict('', { host: 'evil.test' })).toBe('403 host_not_allowed');
    expect(await verdict('host: 0.0.0.0', {})).toBe('401 missing_api_key');
  });

  test('from the documentation locks everybody out', async () => {
    expect(await verdict(`api-keys: [${KEY}, your-api-key-1]`, auth)).toBe('403 unsafe_example_api_key');
  });
});
