import { expect, test } from 'vitest';
import { checkNewKey, describeKey, keyToRevoke, maskSecret, newClientKey } from '../../src/shared/client-keys.js';
import { isPlainHeader, isSecretName } from '../../src/shared/secret-names.js';

test('a new key takes only bytes that make every letter equally likely', () => {
  const batches = [Uint8Array.from({ length: 32 }, (_, at) => (at < 16 ? 255 : at)), new Uint8Array(32)];
  const key = newClientKey(() => batches.shift() ?? new Uint8Array(32));
  expect(key).toBe(`sk-cpx-QRSTUVWXYZabcdef${'A'.repeat(16)}`);
});

test('a key is shown by the first 8 digits of its SHA-256 and its ends', () => {
  expect(describeKey('sk-cpx-0123456789abcdef')).toEqual({ id: '5f8bf8e5', masked: 'sk-cpx-…cdef' });
  expect(maskSecret('short-key')).toBe('sh…');
});

test.each([
  { key: 'seven77', code: 'key_too_short' },
  { key: 'with blank', code: 'key_invalid' },
  { key: 'known-key-1', code: 'key_exists' },
])('"$key" is refused: $code', ({ key, code }) => {
  expect(() => checkNewKey(key, ['known-key-1'])).toThrow(expect.objectContaining({ code }));
});

test('another key is welcome', () => {
  expect(() => checkNewKey('known-key-2', ['known-key-1'])).not.toThrow();
});

test('a key is revoked by itself or its id, in either case', () => {
  const keys = ['known-key-1', 'known-key-2'];
  expect(keyToRevoke('known-key-2', keys)).toBe('known-key-2');
  expect(keyToRevoke(describeKey('known-key-1').id.toUpperCase(), keys)).toBe('known-key-1');
});

test.each([
  { idOrKey: 'other', keys: ['known-key-1', 'known-key-2'], code: 'key_unknown' },
  { idOrKey: 'known-key-1', keys: ['known-key-1'], code: 'key_last' },
])('$code when revoking $idOrKey of $keys', ({ idOrKey, keys, code }) => {
  expect(() => keyToRevoke(idOrKey, keys)).toThrow(expect.objectContaining({ code }));
});

test.each([
  ['api-key', true],
  ['api-keys', true],
  ['secret-key', true],
  ['access_token', true],
  ['cookies', true],
  ['private_key', true],
  ['kilocodeToken', true],
  ['private_key_id', false],
  ['key', false],
  ['token-file', false],
  ['models', false],
])('the setting "%s" holds a secret: %s', (name, isSecret) => {
  expect(isSecretName(name)).toBe(isSecret);
});

test.each([
  ['User-Agent', true],
  ['anthropic-version', true],
  ['x-request-id', true],
  ['x-auth', false],
  ['cookie', false],
])('the header "%s" says nothing secret: %s', (name, isPlain) => {
  expect(isPlainHeader(name)).toBe(isPlain);
});
