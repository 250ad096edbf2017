import { describe, expect, test } from 'vitest';
import { openCallbackReader } from '../../../src/daemon/login/callback.js';
import { printable } from '../../../src/daemon/login/printable.js';

const STATE = 'st_ate';
const reader = await openCallbackReader({ state: STATE });

test.each([
  { query: 'code=a&state=st_ate', answer: { kind: 'code', code: 'a' } },
  { query: 'code=a%23st_ate&state=st_ate', answer: { kind: 'code', code: 'a' } },
  { query: 'code=a%23&state=st_ate', answer: { kind: 'code', code: 'a' } },
  { query: 'code=a%23other&state=st_ate', answer: { kind: 'foreign' } },
  { query: 'code=a&state=st_atE', answer: { kind: 'foreign' } },
  { query: 'code=a&state=', answer: { kind: 'foreign' } },
  { query: 'code=&state=st_ate', answer: { kind: 'empty' } },
  { query: 'error=&code=a&state=st_ate', answer: { kind: 'code', code: 'a' } },
  { query: 'error=denied&error_description=no+way&state=st_ate', answer: { kind: 'denied', reason: 'no way' } },
  { query: 'error=denied&state=st_ate', answer: { kind: 'denied', reason: 'denied' } },
  { query: 'code=a&code=b&state=st_ate', answer: { kind: 'foreign' } },
  { query: 'code=a&state=st_ate&state=other', answer: { kind: 'foreign' } },
  { query: 'code=a&state=st_ate&iss=https://anyone.example', answer: { kind: 'code', code: 'a' } },
])('$query', ({ query, answer }) => {
  expect(reader.read(new URLSearchParams(query))).toEqual(answer);
});

test.each([
  { iss: '&iss=https://vendor.example', kind: 'code' },
  { iss: '', kind: 'code' },
  { iss: '&iss=https://other.example', kind: 'foreign' },
  { iss: '&iss=https://other.example&error=denied', kind: 'foreign' },
])('from a vendor that is known by name "$iss" counts as $kind', async ({ iss, kind }) => {
  const known = await openCallbackReader({ state: STATE, issuer: 'https://vendor.example' });
  expect(known.read(new URLSearchParams(`code=a&state=st_ate${iss}`)).kind).toBe(kind);
});

describe('what was pasted', () => {
  test.each([
    { pasted: 'http://localhost:1455/auth/callback?code=a&state=st_ate', answer: { kind: 'code', code: 'a' } },
    { pasted: '\n https://elsewhere.example/?state=st_ate&code=a \n', answer: { kind: 'code', code: 'a' } },
    { pasted: 'http://localhost/?error=no&state=st_ate', answer: { kind: 'denied', reason: 'no' } },
    { pasted: 'http://localhost/?code=a', answer: { kind: 'foreign' } },
    { pasted: 'http://', answer: { kind: 'foreign' } },
    { pasted: '?code=a&state=st_ate', answer: { kind: 'code', code: 'a' } },
    { pasted: 'a#st_ate', answer: { kind: 'code', code: 'a' } },
    { pasted: 'a#other', answer: { kind: 'foreign' } },
    { pasted: 'a', answer: { kind: 'code', code: 'a' } },
    { pasted: 'abc==', answer: { kind: 'code', code: 'abc==' } },
    { pasted: '', answer: { kind: 'empty' } },
    { pasted: 'two words', answer: { kind: 'empty' } },
  ])('$pasted', ({ pasted, answer }) => {
    expect(reader.readPasted(pasted)).toEqual(answer);
  });
});

test('foreign words come on one line, without control signs, and cut', () => {
  expect(printable(' a\u001b[31m\nb\u202e c ')).toBe('a [31m b c');
  expect(printable('x'.repeat(1_000))).toHaveLength(300);
});
