import { expect, test } from 'vitest';
import { decodeBase64, decodeBase64Text, encodeBase64Text } from '../../../src/daemon/ir/base64.js';

test.each([[''], ['a'], ['grüß 🦊'], ['x'.repeat(30_000)]])(
  'text comes back, and is spelled as Node spells it',
  (text) => {
    expect(encodeBase64Text(text)).toBe(Buffer.from(text).toString('base64'));
    expect(decodeBase64Text(encodeBase64Text(text))).toBe(text);
  },
);

test.each([['-_-_'], ['+/+/'], ['QQ'], ['QQ=='], ['Q Q\n=='], ['QUJDR'], ['*'], ['']])(
  '%j is read as Node reads it',
  (text) => {
    expect(Buffer.from(decodeBase64(text))).toEqual(Buffer.from(text, 'base64'));
  },
);
