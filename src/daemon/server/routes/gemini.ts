import { type Context, Hono } from 'hono';
import type { ClientDialect } from '../../dialects/dialect.js';
import { decodeCountRequest, encodeCountResponse } from '../../dialects/gemini-generate/count.js';
import type { Engine } from '../../engine/engine.js';
import { RequestFault } from '../../ir/error.js';
import type { TokenCounter } from '../../models/token-counter.js';
import { countTokens } from '../count-tokens.js';
import { embedContent } from '../embed-content.js';
import type { ServerEnv } from '../env.js';
import { generate } from '../generate.js';

/** Of clients that think they speak to Vertex: in express mode, or with a project and a place, which our credentials have. */
const VERTEX_PATH = /^\/v1(beta1)?\/(projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/models\//;

/** `POST /v1beta/models/{model}:{method}`; `@google/genai` 3 uses `/v1`, and for Vertex its paths. */
export function geminiRoutes(engine: Engine, dialect: ClientDialect, counter: TokenCounter) {
  const handle = (c: Context<ServerEnv>): Promise<Response> => {
    const { model, method } = parsePath(c.req.path);
    switch (method) {
      case 'generateContent':
        return generate(c, engine, { dialect, model, stream: false });
      case 'streamGenerateContent':
        return generate(c, engine, {
          dialect,
          model,
          stream: true,
          framing: c.req.query('alt') === 'sse' ? 'sse' : 'json-array',
        });
      case 'countTokens':
        return countTokens(c, counter, {
          ask: (body) =>
            generate(c, engine, {
              dialect,
              operation: 'count-tokens',
              model,
              stream: false,
              body,
              decode: decodeCountRequest,
            }),
          decode: decodeCountRequest,
          encode: encodeCountResponse,
        });
      case 'embedContent':
      case 'batchEmbedContents':
      case 'predict':
        return embedContent(c, engine, { dialect, model, method });
      default:
        throw new RequestFault(`the method "${method.slice(0, 60)}" is not supported`, undefined, {
          status: 404,
          code: 'route_not_found',
        });
    }
  };
  const app = new Hono<ServerEnv>().post('/v1beta/models/*', handle).post('/v1/models/*', handle);
  for (const path of ['/v1/publishers/*', '/v1/projects/*', '/v1beta1/*']) {
    app.post(path, (c, next) => (VERTEX_PATH.test(c.req.path) ? handle(c) : next()));
  }
  return app;
}

function parsePath(path: string): { readonly model: string; readonly method: string } {
  const rest = path.slice(path.indexOf('/models/') + '/models/'.length);
  const colon = rest.lastIndexOf(':');
  if (colon <= 0)
    throw new RequestFault('the path must end with ":generateContent" or another method', undefined, { status: 404 });
  return { model: decodeURIComponent(rest.slice(0, colon)), method: rest.slice(colon + 1) };
}
