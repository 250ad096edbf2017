import { describe, expect, test } from 'vitest';
import { expiresAt, fileNamePart } from '../../../src/daemon/login/token-fields.js';

const NOW = 1_790_000_000_000;

test.each([
  { expiresIn: 3600, life: 3_600_000 },
  { expiresIn: '3600', life: 3_600_000 },
  { expiresIn: 0, life: 60_000 },
  { expiresIn: -5, life: 60_000 },
  { expiresIn: 'soon', life: 60_000 },
  { expiresIn: null, life: 60_000 },
  { expiresIn: undefined, life: 60_000 },
  { expiresIn: Number.NaN, life: 60_000 },
])('expires_in $expiresIn is a life of $life ms', ({ expiresIn, life }) => {
  expect(expiresAt(expiresIn, NOW, 60_000)).toBe(NOW + life);
});

test('a life beyond all dates is still a date', () => {
  expect(() => new Date(expiresAt(1e300, NOW, 0)).toISOString()).not.toThrow();
});

describe('part of a file name', () => {
  test.each([
    { text: 'ann@example.com', name: 'ann@example.com' },
    { text: '../../etc/passwd', name: '__.._etc_passwd' },
    { text: '..\\..\\x', name: '__.._x' },
    { text: 'a\u0000b\nc d', name: 'a_b_c_d' },
    { text: '.hidden', name: '_hidden' },
    { text: 'x'.repeat(500), name: 'x'.repeat(100) },
  ])('$text becomes $name', ({ text, name }) => {
    expect(fileNamePart(text)).toBe(name);
  });
});
