import type { Context } from 'hono';
import type { ClientDialect } from '../dialects/dialect.js';
import { type EmbedMethod, fromBatch, toBatch } from '../dialects/gemini-generate/embed-methods.js';
import type { Engine } from '../engine/engine.js';
import type { Reply } from '../engine/try.js';
import { openWireBody } from '../engine/wire-body.js';
import { isObject, parseJson } from '../ir/json.js';
import type { ServerEnv } from './env.js';
import { generate } from './generate.js';
import { readRequestBody } from './read-body.js';

export interface EmbedContentOptions {
  readonly dialect: ClientDialect;
  readonly model: string;
  readonly method: EmbedMethod;
}

/** Vectors by any of Google's methods, all of which are served by one. */
export async function embedContent(
  c: Context<ServerEnv>,
  engine: Engine,
  { dialect, model, method }: EmbedContentOptions,
): Promise<Response> {
  const given = openWireBody(await readRequestBody(c, c.get('snapshot').maxBodyBytes));
  const body = method === 'batchEmbedContents' ? given : openWireBody(bytesOf(toBatch(method, given.toJSON())));
  return generate(c, engine, {
    dialect,
    operation: 'embed',
    model,
    stream: false,
    body,
    finish: (reply) => finish(method, reply),
  });
}

const bytesOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));

function finish(method: EmbedMethod, reply: Reply): Reply {
  if (method === 'batchEmbedContents' || reply.body.kind !== 'whole') return reply;
  const { bytes } = reply.body;
  const answer = parseJson(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'));
  if (!isObject(answer)) return reply;
  return { ...reply, body: { kind: 'whole', bytes: JSON.stringify(fromBatch(method, answer)) } };
}
