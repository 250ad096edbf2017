import { listValue } from './api-key.js';
import type { ClientHeaders } from './provider.js';

/** Of one hop, of our own, about where the client sits, or what it shows to us: never sent on. */
const NOT_RELAYED: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'proxy-authorization',
  'x-management-key',
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'content-length',
  'content-encoding',
  'accept-encoding',
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-real-ip',
  'x-session-key',
]);
const NOT_RELAYED_PREFIXES = ['x-forwarded-', 'x-cliproxy-', 'x-cpa-', 'sec-', 'cf-'];

/** Everything the vendor's own client said, for its vendor. */
export function relayedHeaders(client: ClientHeaders): Record<string, string> {
  const relayed: Record<string, string> = {};
  for (const [name, values] of Object.entries(client)) {
    const value = listValue(values);
    if (value === undefined || NOT_RELAYED.has(name) || /[\r\n]/.test(value)) continue;
    if (!NOT_RELAYED_PREFIXES.some((prefix) => name.startsWith(prefix))) relayed[name] = value;
  }
  return relayed;
}
