import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openPlaceholders } from '../../../../src/daemon/control/management/placeholders.js';

const placeholders = openPlaceholders(() => createHash('sha256').update('one').digest());

test('what is shown and sent back is what was stored, whatever it is', () => {
  const fields = fc.dictionary(
    fc.constantFrom('type', 'access_token', 'a', 'headers', 'base_url', 'private_key', 'n', '__proto__'),
    fc.jsonValue() as fc.Arbitrary<unknown>,
  );
  fc.assert(
    fc.property(fields, (stored) => {
      expect(placeholders.restore('x.json', placeholders.mask('x.json', stored), stored)).toEqual(stored);
    }),
  );
});

describe('hidden:', () => {
  test.each([
    [{ access_token: 's' }],
    [{ refreshToken: 's' }],
    [{ token: { id_token: 's' } }],
    [{ tokens: ['s'] }],
    [{ token: 'https://host.example/path:s' }],
    [{ service_account: { private_key: 's' } }],
    [{ client_secret: 's' }],
    [{ clientSecret: 's' }],
    [{ api_key: 's' }],
    [{ apiKey: 's' }],
    [{ cookie: 's' }],
    [{ session: 's' }],
    [{ headers: { Authorization: 's', 'X-Anything': 's' } }],
    [{ anything: 'sk-ant-s' }],
    [{ anything: 'ghp_s' }],
    [{ proxy_url: 'socks5://ann:s@proxy.example' }],
  ])('%j', (fields) => {
    const texts: unknown[] = [];
    JSON.stringify(placeholders.mask('x.json', fields), (_, value) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text).toMatch(/^cliproxyctl-masked-[0-9a-f]{32}$/);
  });
});

test.each([
  { type: 'claude', email: 'ann@example.com', expired: '2027-01-01T00:00:00Z', account_uuid: 'u', priority: 1 },
  { base_url: 'https://api.example', token_endpoint: 'https://auth.example/token', project_id: 'p', prefix: 'mine' },
  {
    proxy_url: 'http://proxy.example:3128',
    note: 'mine',
    label: 'l',
    headers: { 'User-Agent': 'x', 'anthropic-version': '1' },
  },
])('not hidden: %j', (fields) => {
  expect(placeholders.mask('x.json', fields)).toEqual(fields);
});

test('a placeholder is of one secret, one place, one file and one key', () => {
  const other = openPlaceholders(() => createHash('sha256').update('two').digest());
  const tokens = [
    placeholders.mask('x.json', { a_token: 's', b_token: 's' }),
    placeholders.mask('y.json', { a_token: 's' }),
    placeholders.mask('x.json', { a_token: 't' }),
    other.mask('x.json', { a_token: 's' }),
  ].flatMap((fields) => Object.values(fields));
  expect(new Set(tokens).size).toBe(5);
});
