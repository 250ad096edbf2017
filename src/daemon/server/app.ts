import { type Context, Hono } from 'hono';
import type { ClientDialect } from '../dialects/dialect.js';
import type { Engine } from '../engine/engine.js';
import type { ImageStore } from '../images/store.js';
import type { TokenCounter } from '../models/token-counter.js';
import type { SnapshotHolder } from '../runtime/snapshot.js';
import { authorise } from './access.js';
import type { ClientDialects } from './client-dialects.js';
import { allowListedOrigins } from './cors.js';
import type { ServerEnv } from './env.js';
import { respondFailure, toFailure } from './errors.js';
import { openRequestIds } from './request-ids.js';
import type { ResponsesSockets } from './responses-socket.js';
import { anthropicRoutes } from './routes/anthropic.js';
import { geminiRoutes } from './routes/gemini.js';
import { healthRoutes, OPEN_PATHS } from './routes/health.js';
import { IMAGE_FILES_PATH, imageRoutes } from './routes/images.js';
import { modelRoutes } from './routes/models.js';
import { openaiRoutes } from './routes/openai.js';

export interface ServerParts {
  readonly engine: Engine;
  readonly holder: SnapshotHolder;
  readonly dialects: ClientDialects;
  readonly counter: TokenCounter;
  readonly sockets: ResponsesSockets;
  readonly images: ImageStore;
  readonly now: () => number;
  /** Whether a request would be served right now. */
  readonly isReady: () => boolean;
  readonly onRefused: (c: Context<ServerEnv>, failure: ReturnType<typeof toFailure>, error: unknown) => void;
}

/** The data plane's routes: middleware order and the error boundary. */
export function createApp(parts: ServerParts): Hono<ServerEnv> {
  const { engine, holder, dialects, counter, sockets, images, now, onRefused } = parts;
  const app = new Hono<ServerEnv>();
  const startedAt = now();
  const nextRequestId = openRequestIds();

  // One middleware for all: each costs a promise or two on every request.
  app.use((c, next) => {
    const snapshot = holder.current;
    c.set('requestId', nextRequestId());
    c.set('startedAt', now());
    c.set('snapshot', snapshot);
    if (OPEN_PATHS.has(c.req.path) || isImageFile(c.req.method, c.req.path)) return next();
    const preflight = allowListedOrigins(c, snapshot.access);
    if (preflight !== undefined) return Promise.resolve(preflight);
    const caller = authorise(c, snapshot.access);
    if ('reason' in caller) {
      onRefused(c, caller, undefined);
      return Promise.resolve(respondFailure(c, dialectOfPath(c.req.path, dialects), caller));
    }
    c.set('caller', caller);
    return next();
  });
  app.route('/', healthRoutes(parts));
  app.route('/', openaiRoutes(engine, dialects, sockets));
  app.route('/', anthropicRoutes(engine, dialects.anthropic, counter));
  app.route('/', geminiRoutes(engine, dialects.gemini, counter));
  app.route('/', imageRoutes(engine, dialects.images, images));
  app.route('/', modelRoutes(startedAt));

  const fail = (c: Context<ServerEnv>, error: unknown): Response => {
    const failure = toFailure(error);
    onRefused(c, failure, error);
    return respondFailure(c, dialectOfPath(c.req.path, dialects), failure);
  };
  app.onError((error, c) => fail(c, error));
  app.notFound((c) =>
    respondFailure(c, dialectOfPath(c.req.path, dialects), {
      reason: 'invalid-request',
      status: 404,
      code: 'route_not_found',
      message: `no route ${c.req.method} ${c.req.path.slice(0, 200)}; see the README for what this gateway serves`,
    }),
  );
  return app;
}

/** The dialect an error is written in: a client that used a path understands that path's errors. */
function dialectOfPath(path: string, dialects: ClientDialects): ClientDialect {
  if (path.startsWith('/v1/messages')) return dialects.anthropic;
  if (path.startsWith('/v1/responses') || path.includes('/codex/responses')) return dialects.responses;
  if (path.startsWith('/v1/images/')) return dialects.images;
  if (/^\/v1(beta|beta1|\/models|\/publishers|\/projects)\//.test(path)) return dialects.gemini;
  return dialects.chat;
}

const isImageFile = (method: string, path: string): boolean =>
  (method === 'GET' || method === 'HEAD') && path.startsWith(IMAGE_FILES_PATH);
