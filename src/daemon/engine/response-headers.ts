import type { ReplyHeaders } from '../transport/http.js';

/** Headers of one hop, of the body's own encoding, or that speak for an origin we are not. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'content-length',
  'content-encoding',
  'content-type',
  'date',
  'alt-svc',
  'strict-transport-security',
]);

/** The upstream's response headers that a client may see when `passthrough-headers` is on. */
export function passedHeaders(headers: ReplyHeaders): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_PASSED.has(name) || name.startsWith('access-control-')) continue;
    passed[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return passed;
}
