import { expect, test } from 'vitest';
import { endpointOf, readDomain } from '../../../src/daemon/login/endpoints.js';

const settings = (token?: string) => ({
  endpoints: token === undefined ? {} : { token },
  clientPolicy: 'any' as const,
});

test.each([
  undefined,
  'https://login.example/token',
  'http://127.0.0.1:8080/token',
  'http://localhost/token',
  'http://[::1]:1/token',
])('%s may get a secret', (url) => {
  expect(endpointOf(settings(url), 'token', 'https://own.example')).toBe(url ?? 'https://own.example');
});

test.each([
  'http://login.example/token',
  'http://127.0.0.1.example/token',
  'http://localhost.example/',
  'http://10.0.0.1/',
  'ftp://localhost/',
  'file:///etc/token',
  'no address',
])('%s may not', (url) => {
  expect(() => endpointOf(settings(url), 'token', 'https://own.example')).toThrow('neither https nor http on loopback');
});

test.each([
  { given: 'company.ghe.com', domain: 'company.ghe.com' },
  { given: ' https://company.ghe.com/ ', domain: 'company.ghe.com' },
  { given: 'https://company.ghe.com/some/path?x=1', domain: 'company.ghe.com' },
  { given: 'ghe.internal:8443', domain: 'ghe.internal:8443' },
  { given: '', domain: undefined },
  { given: 'localhost', domain: undefined },
  { given: 'user:password@company.ghe.com', domain: undefined },
  { given: 'two words.com', domain: undefined },
])('the host in "$given" is $domain', ({ given, domain }) => {
  expect(readDomain(given)).toBe(domain);
});
