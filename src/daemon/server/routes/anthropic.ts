import { Hono } from 'hono';
import { decodeCountRequest, encodeCountResponse } from '../../dialects/anthropic-messages/count.js';
import type { ClientDialect } from '../../dialects/dialect.js';
import type { Engine } from '../../engine/engine.js';
import type { TokenCounter } from '../../models/token-counter.js';
import { countTokens } from '../count-tokens.js';
import type { ServerEnv } from '../env.js';
import { generate } from '../generate.js';

export const anthropicRoutes = (engine: Engine, dialect: ClientDialect, counter: TokenCounter) =>
  new Hono<ServerEnv>()
    .post('/v1/messages', (c) => generate(c, engine, { dialect }))
    .post('/v1/messages/count_tokens', (c) =>
      countTokens(c, counter, {
        ask: (body) =>
          generate(c, engine, { dialect, operation: 'count-tokens', stream: false, body, decode: decodeCountRequest }),
        decode: decodeCountRequest,
        encode: encodeCountResponse,
      }),
    );
