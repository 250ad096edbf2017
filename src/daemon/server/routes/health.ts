import { Hono } from 'hono';
import type { ServerEnv } from '../env.js';

/** What `healthRoutes` answers. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/']);

/** Answered to anyone, with a bare status: probes have no key. */
export const healthRoutes = ({ isReady }: { readonly isReady: () => boolean }) =>
  new Hono<ServerEnv>()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', (c) => (isReady() ? c.json({ status: 'ok' }) : c.json({ status: 'unavailable' }, 503)))
    .get('/', (c) =>
      c.json({
        message: 'cliproxyctl',
        endpoints: [
          'POST /v1/chat/completions',
          'POST /v1/completions',
          'POST /v1/responses',
          'POST /v1/images/generations',
          'POST /v1/images/edits',
          'POST /v1/messages',
          'POST /v1beta/models/{model}:generateContent',
          'GET /v1/models',
        ],
      }),
    );
