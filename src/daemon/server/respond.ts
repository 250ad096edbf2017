import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Chunk } from '../engine/converter.js';
import type { Reply } from '../engine/try.js';
import type { ServerEnv } from './env.js';
import { openStreamBody } from './stream-body.js';

/**
 * Writes a reply. On Node it goes straight to the socket's response: a web `Response` body costs a third more per chunk.
 * Elsewhere (tests, other runtimes) it becomes a `Response`.
 */
export function respond(c: Context<ServerEnv>, reply: Reply): Response {
  const { outgoing } = c.env;
  const headers = { ...reply.headers, 'x-request-id': c.get('requestId') };
  if (outgoing === undefined) return asResponse(reply, headers);
  if (reply.body.kind === 'whole') {
    const { bytes } = reply.body;
    const length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
    outgoing.writeHead(reply.status, { ...headers, 'content-length': length });
    outgoing.end(bytes);
    return RESPONSE_ALREADY_SENT;
  }
  outgoing.writeHead(reply.status, headers);
  // Head and first chunks leave in one packet.
  outgoing.socket?.cork();
  outgoing.flushHeaders();
  reply.body.start(openStreamBody(outgoing));
  outgoing.socket?.uncork();
  return RESPONSE_ALREADY_SENT;
}

function asResponse({ status, body }: Reply, headers: Record<string, string>): Response {
  if (body.kind === 'whole') return new Response(toBytes(body.bytes), { status, headers });
  let onDrain: (() => void) | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      body.start({
        write(chunk) {
          controller.enqueue(toBytes(chunk));
          return (controller.desiredSize ?? 1) > 0;
        },
        end: () => controller.close(),
        onDrain: (listener) => {
          onDrain = listener;
        },
      });
    },
    pull: () => onDrain?.(),
  });
  return new Response(stream, { status, headers });
}

const toBytes = (chunk: Chunk): Uint8Array<ArrayBuffer> =>
  typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk);
