import { expect, test } from 'vitest';
import { environmentProxy, isDirect } from '../../src/shared/environment-proxy.js';

const ENV = { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'internal.corp, .other.test' };

test.each([
  { origin: 'https://api.example.com', env: ENV, proxy: 'http://p:1' },
  { origin: 'http://api.example.com', env: ENV, proxy: undefined },
  { origin: 'http://api.example.com', env: { ...ENV, HTTP_PROXY: 'http://plain:1' }, proxy: 'http://plain:1' },
  { origin: 'https://internal.corp', env: ENV, proxy: undefined },
  { origin: 'https://a.internal.corp', env: ENV, proxy: undefined },
  { origin: 'https://notinternal.corp', env: ENV, proxy: 'http://p:1' },
  { origin: 'https://other.test', env: ENV, proxy: undefined },
  { origin: 'https://localhost:3', env: ENV, proxy: undefined },
  { origin: 'https://localhost.example.com', env: ENV, proxy: 'http://p:1' },
  { origin: 'https://127.0.0.1', env: ENV, proxy: undefined },
  { origin: 'https://[::1]:9', env: ENV, proxy: undefined },
  { origin: 'https://a.test', env: { ...ENV, NO_PROXY: '*' }, proxy: undefined },
  { origin: 'https://a.test', env: { ...ENV, https_proxy: 'http://lower:1' }, proxy: 'http://lower:1' },
  { origin: 'https://a.test', env: { ALL_PROXY: 'socks5://all:1' }, proxy: 'socks5://all:1' },
])('$origin goes through $proxy with $env', ({ origin, env, proxy }) => {
  expect(environmentProxy(env)(origin)).toBe(proxy);
});

test.each([
  ['direct', true],
  ['none', true],
  ['http://p:1', false],
])('"%s" means no proxy: %s', (word, isNone) => {
  expect(isDirect(word)).toBe(isNone);
});
