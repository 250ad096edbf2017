import { environmentProxy, isDirect } from '../../shared/environment-proxy.js';

/** The proxy for `url`: its own, else the config's, else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. */
export function proxyFor(
  url: URL,
  configured: readonly (string | undefined)[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const own = configured.find((one) => one !== undefined && one !== '');
  if (own === undefined) return environmentProxy(env)(url.origin);
  return isDirect(own) ? undefined : own;
}

/** A proxy's address without its user name and password. */
export function proxyLabel(proxy: string): string {
  if (!URL.canParse(proxy)) return 'the proxy';
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
}
