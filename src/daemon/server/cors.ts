import type { Context } from 'hono';
import type { AccessPolicy } from '../runtime/snapshot.js';
import type { ServerEnv } from './env.js';

const PREFLIGHT_SECONDS = '600';

/**
 * Lets web pages of listed origins read our answers. A preflight carries no key, so it is answered here, before one is
 * asked.
 */
export function allowListedOrigins(c: Context<ServerEnv>, { listedOrigins }: AccessPolicy): Response | undefined {
  const origin = c.req.header('origin');
  if (origin === undefined || !listedOrigins.has(origin.toLowerCase())) return undefined;
  const headers = {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'x-request-id, retry-after, x-cliproxy-warnings',
    vary: 'Origin',
  };
  if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
    return c.body(null, 204, {
      ...headers,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': c.req.header('access-control-request-headers') ?? '',
      'access-control-max-age': PREFLIGHT_SECONDS,
    });
  }
  const { outgoing } = c.env;
  for (const [name, value] of Object.entries(headers)) {
    // Replies are written to the socket past hono, see `respond.ts`.
    if (outgoing === undefined) c.header(name, value);
    else outgoing.setHeader(name, value);
  }
  return undefined;
}
