import type { Context } from 'hono';
import { ProxyFailure } from '../engine/inbound.js';
import { type ForkableBody, openWireBody } from '../engine/wire-body.js';
import type { JsonObject } from '../ir/json.js';
import type { ModelRequest } from '../ir/request.js';
import type { TokenCounter } from '../models/token-counter.js';
import type { ServerEnv } from './env.js';
import { readRequestBody } from './read-body.js';
import { respond } from './respond.js';

export interface CountOptions {
  /** Asks an upstream of the client's own dialect. */
  ask(body: ForkableBody): Promise<Response>;
  decode(body: JsonObject): ModelRequest;
  encode(tokens: number): JsonObject;
}

/** Whether the upstream has no such endpoint, rather than refusing this request. */
const HAS_NO_COUNTER: ReadonlySet<number> = new Set([404, 405, 501]);

/** The vendor's own count where a credential can give it, else an estimate of ours. */
export async function countTokens(
  c: Context<ServerEnv>,
  counter: TokenCounter,
  options: CountOptions,
): Promise<Response> {
  const body = openWireBody(await readRequestBody(c, c.get('snapshot').maxBodyBytes));
  try {
    return await options.ask(body);
  } catch (error) {
    const isMissing = error instanceof ProxyFailure && HAS_NO_COUNTER.has(error.failure.status ?? 0);
    // An unknown model is the client's mistake, not a missing endpoint.
    if (!isMissing || error.failure.param === 'model') throw error;
  }
  const tokens = await counter.count(options.decode(body.toJSON()));
  return respond(c, {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: { kind: 'whole', bytes: JSON.stringify(options.encode(tokens)) },
  });
}
