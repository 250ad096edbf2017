import type { Context } from 'hono';
import type { ClientDialect, KeepImage, Operation } from '../dialects/dialect.js';
import type { ClientFraming } from '../engine/client-framing.js';
import type { Engine } from '../engine/engine.js';
import type { Reply } from '../engine/try.js';
import { type ForkableBody, openWireBody } from '../engine/wire-body.js';
import { RequestFault } from '../ir/error.js';
import type { JsonObject } from '../ir/json.js';
import type { ModelRequest } from '../ir/request.js';
import type { ServerEnv } from './env.js';
import { readRequestBody } from './read-body.js';
import { respond } from './respond.js';

export interface GenerateOptions {
  readonly dialect: ClientDialect;
  readonly operation?: Operation;
  readonly framing?: ClientFraming;
  /** Absent: the body's `model` and `stream` members say. */
  readonly model?: string;
  readonly stream?: boolean;
  readonly decode?: (body: JsonObject) => ModelRequest;
  /** Absent: read from the request. */
  readonly body?: ForkableBody;
  readonly keepImage?: KeepImage;
  /** The last hand on the answer, where one method is served by another. */
  readonly finish?: (reply: Reply) => Reply;
}

/** Reads one request, hands it to the engine, writes the reply: what every generating route does. */
export async function generate(c: Context<ServerEnv>, engine: Engine, options: GenerateOptions): Promise<Response> {
  // `c.var` builds an object of all variables at each reading.
  const snapshot = c.get('snapshot');
  const signal = closeSignal(c);
  const body = options.body ?? openWireBody(await readRequestBody(c, snapshot.maxBodyBytes));
  const model = options.model ?? body.get('model');
  if (typeof model !== 'string' || model === '') throw new RequestFault('"model" must name a model', 'model');
  const stream = options.stream ?? streamFlag(body.get('stream'));
  if (options.model !== undefined) {
    body.set('model', model);
    body.set('stream', stream);
  }
  const { dialect, operation = 'generate', framing = 'sse', decode = dialect.decodeRequest } = options;
  const reply = await engine.handle({
    id: c.get('requestId'),
    dialect,
    operation,
    model,
    stream,
    framing,
    body,
    decode,
    plan: snapshot.plan,
    caller: c.get('caller'),
    headers: c.env.incoming?.headers ?? Object.fromEntries(c.req.raw.headers),
    signal,
    startedAt: c.get('startedAt'),
    ...(options.keepImage === undefined ? {} : { keepImage: options.keepImage }),
  });
  return respond(c, options.finish?.(reply) ?? reply);
}

function streamFlag(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw new RequestFault('"stream" must be true or false', 'stream');
  return value;
}

/** Fires when the client is gone before its answer was complete. */
function closeSignal(c: Context<ServerEnv>): AbortSignal {
  const { outgoing } = c.env;
  if (outgoing === undefined) return c.req.raw.signal;
  const controller = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  return controller.signal;
}
