import type { Context } from 'hono';
import type { ClientDialect } from '../dialects/dialect.js';
import type { Engine } from '../engine/engine.js';
import { openWireBody } from '../engine/wire-body.js';
import { RequestFault } from '../ir/error.js';
import type { ServerEnv } from './env.js';
import { generate } from './generate.js';
import { readRequestBody } from './read-body.js';

/** Makes a conversation short, where an upstream can: the result is opaque, so nobody else could do it in its place. */
export async function compact(c: Context<ServerEnv>, engine: Engine, dialect: ClientDialect): Promise<Response> {
  const { servesCompact, maxBodyBytes } = c.get('snapshot');
  if (!servesCompact) {
    throw new RequestFault('"responses-compact-enabled" is off in the config', undefined, {
      status: 404,
      code: 'route_not_found',
    });
  }
  const body = openWireBody(await readRequestBody(c, maxBodyBytes));
  if (body.get('stream') === true) throw new RequestFault('Streaming not supported for compact responses', 'stream');
  return generate(c, engine, { dialect, operation: 'compact', stream: false, body });
}
