import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Hono } from 'hono';
import type { ServerEnv } from './env.js';

/** An upgrade runs through the same middleware and routes as any request; what is no socket is answered as plain HTTP. */
export const openUpgrade =
  (app: Hono<ServerEnv>) =>
  (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const cut = (): void => void socket.destroy();
    socket.on('error', cut);
    answer(app, incoming, socket, head).catch(cut);
  };

async function answer(app: Hono<ServerEnv>, incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const request = toRequest(incoming);
  if (request === undefined) return writeResponse(new Response(null, { status: 400 }), socket);
  const response = await app.fetch(request, { incoming, upgrade: { socket, head } });
  const isTaken = [...RESPONSE_ALREADY_SENT.headers.keys()].some((mark) => response.headers.has(mark));
  if (!isTaken) await writeResponse(response, socket);
}

/** The host is checked from its header, so the URL can do without it. */
function toRequest({ url = '/', headers }: IncomingMessage): Request | undefined {
  try {
    const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    return new Request(`http://localhost${url}`, { headers: pairs });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function writeResponse(response: Response, socket: Duplex): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${headers}` +
          `connection: close\r\ncontent-length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]),
  );
}
