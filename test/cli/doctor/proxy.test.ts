import { expect, test } from 'vitest';
import { proxyFor, proxyLabel } from '../../../src/cli/doctor/proxy.js';

const HTTPS = { HTTPS_PROXY: 'http://env:1', HTTP_PROXY: 'http://plain:1' };

test.each([
  { url: 'https://a.test', own: [], env: {}, proxy: undefined },
  { url: 'https://a.test', own: [], env: HTTPS, proxy: 'http://env:1' },
  { url: 'http://a.test', own: [], env: HTTPS, proxy: 'http://plain:1' },
  { url: 'https://a.test', own: [undefined, 'http://config:1'], env: HTTPS, proxy: 'http://config:1' },
  { url: 'https://a.test', own: ['socks5://own:1', 'http://config:1'], env: HTTPS, proxy: 'socks5://own:1' },
  { url: 'https://a.test', own: [undefined, 'none'], env: HTTPS, proxy: undefined },
  { url: 'https://a.test', own: ['direct', 'http://config:1'], env: HTTPS, proxy: undefined },
  { url: 'https://a.test', own: ['', ''], env: HTTPS, proxy: 'http://env:1' },
])('$url with $own goes through $proxy', ({ url, own, env, proxy }) => {
  expect(proxyFor(new URL(url), own, env)).toBe(proxy);
});

test('a proxy is shown without its user and password', () => {
  expect(proxyLabel('http://me:secret@proxy.test:3128/')).toBe('http://proxy.test:3128');
  expect(proxyLabel('not a url secret')).toBe('the proxy');
});
