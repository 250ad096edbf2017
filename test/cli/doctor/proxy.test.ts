import { expect, test } from 'vitest';
import { proxyFor, proxyLabel } from '../../../src/cli/doctor/proxy.js';

const HTTPS = { HTTPS_PROXY: 'http://env:1', HTTP_PROXY: 'http://plain:1', NO_PROXY: 'corp.test, .inner.test' };

test.each([
  { url: 'https://a.test', own: [], env: {}, proxy: undefined },
  { url: 'https://a.test', own: [], env: HTTPS, proxy: 'http://env:1' },
  { url: 'http://a.test', own: [], env: HTTPS, proxy: 'http://plain:1' },
  { url: 'https://x.corp.test', own: [], env: HTTPS, proxy: undefined },
  { url: 'https://inner.test', own: [], env: HTTPS, proxy: undefined },
  { url: 'https://127.0.0.1:9', own: [], env: HTTPS, proxy: undefined },
  { url: 'https://a.test', own: [undefined, 'http://config:1'], env: HTTPS, proxy: 'http://config:1' },
  { url: 'https://a.test', own: ['socks5://own:1', 'http://config:1'], env: HTTPS, proxy: 'socks5://own:1' },
  { url: 'https://a.test', own: ['direct', 'http://config:1'], env: HTTPS, proxy: undefined },
  { url: 'https://a.test', own: ['', ''], env: { https_proxy: 'http://lower:1' }, proxy: 'http://lower:1' },
  { url: 'https://a.test', own: [], env: { ALL_PROXY: 'socks5://all:1' }, proxy: 'socks5://all:1' },
])('$url with $own goes through $proxy', ({ url, own, env, proxy }) => {
  expect(proxyFor(new URL(url), own, env)).toBe(proxy);
});

test('a proxy is shown without its user and password', () => {
  expect(proxyLabel('http://me:secret@proxy.test:3128/')).toBe('http://proxy.test:3128');
  expect(proxyLabel('not a url secret')).toBe('the proxy');
});
