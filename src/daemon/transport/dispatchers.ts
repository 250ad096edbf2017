import { type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { isDirect } from '../../shared/environment-proxy.js';

export interface DispatcherSource {
  /** One connection pool per origin and proxy. `proxyUrl`: a URL, `direct`/`none`, or absent for the default. */
  get(origin: string, proxyUrl: string | undefined): Dispatcher;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Below the 60 s after which most load balancers drop an idle connection. */
const KEEP_ALIVE_MS = 50_000;

/** `defaultProxy` says which proxy serves an origin when the credential names none; `direct` and `none` are answers too. */
export function createDispatchers(defaultProxy: (origin: string) => string | undefined): DispatcherSource {
  const known = new Map<string, Dispatcher>();
  return {
    get(origin, proxyUrl) {
      const chosen = proxyUrl ?? defaultProxy(origin);
      const proxy = chosen === undefined || isDirect(chosen) ? undefined : chosen;
      const key = proxy === undefined ? origin : `${origin} ${proxy}`;
      let dispatcher = known.get(key);
      if (dispatcher === undefined) {
        dispatcher = proxy === undefined ? direct(origin) : through(proxy);
        known.set(key, dispatcher);
      }
      return dispatcher;
    },
    async close() {
      await Promise.all([...known.values()].map((dispatcher) => dispatcher.destroy()));
      known.clear();
    },
  };
}

const direct = (origin: string): Dispatcher =>
  new Pool(origin, {
    connections: null,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });

function through(proxy: string): Dispatcher {
  if (/^socks(5h?)?:/i.test(proxy)) return new Socks5ProxyAgent(proxy.replace(/^socks(5h?)?:/i, 'socks5:'));
  return new ProxyAgent({ uri: proxy, proxyTunnel: true, keepAliveTimeout: KEEP_ALIVE_MS });
}
