import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/daemon/observe/redact.js';
import { secretsIn } from '../../../src/daemon/observe/secrets.js';
import { secretId } from '../../../src/shared/client-keys.js';

const SECRET = 'my-"own"/secret';
const MARK = `[redacted:${createHash('sha256').update(SECRET).digest('hex').slice(0, 8)}]`;

describe('by value', () => {
  const { redact } = createRedactor([SECRET, 'abcd1234', 'abcd1234-longer']);

  test.each([
    { name: 'plain', text: `x${SECRET}y`, shown: `x${MARK}y` },
    { name: 'inside a JSON string', text: JSON.stringify({ a: SECRET }), shown: `{"a":"${MARK}"}` },
    { name: 'inside a URL', text: `/x?y=${encodeURIComponent(SECRET)}&z=1`, shown: `/x?y=${MARK}&z=1` },
    { name: 'twice', text: `${SECRET} ${SECRET}`, shown: `${MARK} ${MARK}` },
    {
      name: 'that begins like a shorter one',
      text: 'abcd1234-longer',
      shown: `[redacted:${secretId('abcd1234-longer')}]`,
    },
    { name: 'not there', text: '{"key":"0badf00d"}', shown: '{"key":"0badf00d"}' },
  ])('a known secret $name', ({ text, shown }) => {
    expect(redact(text)).toBe(shown);
  });

  test('secrets learnt later are hidden too, and the first ones still are', () => {
    const redactor = createRedactor(['first-secret']);
    redactor.learn(['later-secret']);
    expect(redactor.redact('first-secret later-secret')).not.toMatch(/first|later/);
  });

  test('values too short to be a secret do not blank out words', () => {
    expect(createRedactor(['', 'a', 'abc']).redact('{"abc":"a"}')).toBe('{"abc":"a"}');
  });
});

describe('by field', () => {
  const { redact } = createRedactor();

  test.each([
    { name: 'at any depth', text: '{"a":{"b":{"Authorization":"Basic QWxhZGRpbg=="}}}' },
    { name: 'in a list of header values', text: '{"set-cookie":["QWxhZGRpbg=="]}' },
    { name: 'in JSON inside JSON', text: JSON.stringify({ body: JSON.stringify({ api_key: 'QWxhZGRpbg==' }) }) },
    { name: 'with a quote inside', text: JSON.stringify({ password: 'Q"WxhZGRpbg==' }) },
    {
      name: 'with a quote inside, in JSON inside JSON',
      text: JSON.stringify({ body: JSON.stringify({ secret: 'Q"Wx\\hZGWxhZGRpbg==' }) }),
    },
    { name: 'camel-cased', text: '{"accessToken":"QWxhZGRpbg==","refreshToken":"QWxhZGRpbg=="}' },
  ])('the value goes $name, and the line stays JSON', ({ text }) => {
    const shown = redact(text);
    expect(shown).not.toContain('WxhZGRpbg');
    expect(shown).toContain('[redacted');
    expect(() => JSON.parse(shown)).not.toThrow();
  });

  test('names that only look alike keep their values', () => {
    const text = '{"inputTokens":12,"keyId":"0badf00d","tokenizer":"o200k","cookieless":"yes"}';
    expect(redact(text)).toBe(text);
  });
});

test.each([
  'Bearer abcdefgh12345678',
  'sk-ant-api03-abcdefgh',
  'AIzaSyA0123456789abcdefghijklmnopqrstu',
  'ya29.a0AfH6SMBabcdefghijklmnop',
  'ghp_abcdefghijklmnopqrstuvwxyz012345',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh',
])('an unknown secret is hidden by its shape: %s', (secret) => {
  expect(createRedactor().redact(`upstream says "${secret}" is bad`)).toBe('upstream says "[redacted]" is bad');
});

test('keys in query strings are hidden', () => {
  expect(createRedactor().redact('GET /v1beta/models?key=abc123&alt=sse')).toBe(
    'GET /v1beta/models?key=[redacted]&alt=sse',
  );
});

describe('the secrets of a config', () => {
  test('are found under telling names, in headers and in URLs, and nothing harmless is', () => {
    const found = secretsIn({
      port: 8317,
      'api-keys': ['client-key'],
      'remote-management': { 'secret-key': 'hash', 'allow-remote': true },
      'proxy-url': 'http://user:p%40ss@proxy.test:3128',
      'claude-api-key': [
        {
          'api-key': 'upstream-key',
          'base-url': 'https://api.example.test',
          headers: {
            'User-Agent': 'something/1.0',
            'X-Team': 'team-secret-1',
            Authorization: 'Bearer inner',
            'X-Up': '$X-Down',
          },
          models: [{ name: 'claude-x', alias: 'x' }],
        },
      ],
      'oauth-endpoints': { acme: { token: 'https://acme.test/token' } },
      'oauth-clients': { acme: { 'client-id': 'public', 'client-secret': 'quiet' } },
    });
    expect(found.sort()).toEqual(
      [
        'client-key',
        'hash',
        'p%40ss',
        'p@ss',
        'upstream-key',
        'team-secret-1',
        'Bearer inner',
        'inner',
        'quiet',
      ].sort(),
    );
  });
});
