/** The proxy for `url`: its own, else the config's, else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. */
export function proxyFor(
  url: URL,
  configured: readonly (string | undefined)[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const own = configured.find((one) => one !== undefined && one !== '');
  if (own !== undefined) return own === 'direct' || own === 'none' ? undefined : own;
  const pick = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  if (/^(localhost$|127\.|\[::1\])/.test(url.hostname)) return undefined;
  const excluded = (pick('NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  const isExcluded = excluded.some((entry) => {
    const domain = entry.replace(/^\./, '');
    return entry === '*' || url.hostname === domain || url.hostname.endsWith(`.${domain}`);
  });
  if (isExcluded) return undefined;
  return (url.protocol === 'https:' ? pick('HTTPS_PROXY') : pick('HTTP_PROXY')) ?? pick('ALL_PROXY');
}

/** A proxy's address without its user name and password. */
export function proxyLabel(proxy: string): string {
  if (!URL.canParse(proxy)) return 'the proxy';
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
}
