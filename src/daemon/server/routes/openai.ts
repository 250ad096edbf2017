import { type Context, Hono } from 'hono';
import type { Engine } from '../../engine/engine.js';
import type { ClientDialects } from '../client-dialects.js';
import { compact } from '../compact.js';
import type { ServerEnv } from '../env.js';
import { generate } from '../generate.js';
import type { ResponsesSockets } from '../responses-socket.js';

/** OpenAI's two dialects and the legacy completions; Codex CLI's own base path leads to the same handlers. */
export function openaiRoutes(
  engine: Engine,
  { chat, completions, responses }: ClientDialects,
  sockets: ResponsesSockets,
): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>()
    .post('/v1/chat/completions', (c) => generate(c, engine, { dialect: chat }))
    .post('/v1/embeddings', (c) => generate(c, engine, { dialect: chat, operation: 'embed', stream: false }))
    .post('/v1/completions', (c) => generate(c, engine, { dialect: completions }));
  for (const path of ['/v1/responses', '/backend-api/codex/responses']) {
    app.post(path, (c: Context<ServerEnv>) => generate(c, engine, { dialect: responses }));
    app.get(path, (c: Context<ServerEnv>) => sockets.accept(c));
    app.post(`${path}/compact`, (c: Context<ServerEnv>) => compact(c, engine, responses));
  }
  return app;
}
