/** Reads a proxy setting of the config: these words mean no proxy at all, not even the environment's. */
export const isDirect = (proxy: string): boolean => proxy === 'direct' || proxy === 'none';

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (or their lower-case forms, which win) name for an origin;
 * loopback is never proxied.
 */
export function environmentProxy(
  env: Readonly<Record<string, string | undefined>>,
): (origin: string) => string | undefined {
  const pick = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const excluded = (pick('NO_PROXY') ?? '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => entry.replace(/^\./, ''));
  return (origin) => {
    const { hostname, protocol } = new URL(origin);
    if (/^(localhost$|127\.|\[::1\])/.test(hostname)) return undefined;
    const isExcluded = excluded.some(
      (domain) => domain === '*' || hostname === domain || hostname.endsWith(`.${domain}`),
    );
    if (isExcluded) return undefined;
    return (protocol === 'https:' ? pick('HTTPS_PROXY') : pick('HTTP_PROXY')) ?? pick('ALL_PROXY');
  };
}
