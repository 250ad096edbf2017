import { describe, expect, test } from 'vitest';
import { printable, readCallback, readPasted } from '../../../src/daemon/login/callback.js';

const STATE = 'st_ate';

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
])('$query', ({ query, answer }) => {
  expect(readCallback(new URLSearchParams(query), STATE)).toEqual(answer);
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
    expect(readPasted(pasted, STATE)).toEqual(answer);
  });
});

test('foreign words come on one line, without control signs, and cut', () => {
  expect(printable(' a\u001b[31m\nb\u202e c ')).toBe('a [31m b c');
  expect(printable('x'.repeat(1_000))).toHaveLength(300);
});
