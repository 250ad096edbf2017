import { Hono } from 'hono';
import type { Engine } from '../../engine/engine.js';
import type { ClientDialects } from '../app.js';
import type { ServerEnv } from '../env.js';
import { generate } from '../generate.js';

/** OpenAI's two dialects and the legacy completions; Codex CLI's own base path leads to the same handler. */
export const openaiRoutes = (engine: Engine, { chat, completions, responses }: ClientDialects) =>
  new Hono<ServerEnv>()
    .post('/v1/chat/completions', (c) => generate(c, engine, { dialect: chat }))
    .post('/v1/completions', (c) => generate(c, engine, { dialect: completions }))
    .post('/v1/responses', (c) => generate(c, engine, { dialect: responses }))
    .post('/backend-api/codex/responses', (c) => generate(c, engine, { dialect: responses }));
