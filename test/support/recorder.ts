import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that passed, and what was answered so far. */
export interface Exchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly requestBody: Buffer;
  /** Undefined until the answer begins, and when the other side was not there. */
  readonly status: number | undefined;
  readonly responseBody: Buffer;
}

interface OpenExchange {
  readonly method: string;
  readonly path: string;
  requestBody: Buffer;
  status: number | undefined;
  responseBody: Buffer;
}

/** A wire tap in front of a server: passes everything on as it comes and keeps the bytes of both sides. */
export interface Recorder {
  readonly origin: string;
  /** Oldest first. */
  readonly exchanges: readonly Exchange[];
  close(): Promise<void>;
}

export async function startRecorder(target: string): Promise<Recorder> {
  const { hostname, port } = new URL(target);
  const exchanges: OpenExchange[] = [];
  const server = createServer((incoming, outgoing) => {
    const exchange: OpenExchange = {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      requestBody: Buffer.alloc(0),
      status: undefined,
      responseBody: Buffer.alloc(0),
    };
    exchanges.push(exchange);
    passOn(incoming, outgoing, { hostname, port, exchange });
  });
  return { origin: await listen(server), exchanges, close: () => close(server) };
}

interface Target {
  readonly hostname: string;
  readonly port: string;
  readonly exchange: OpenExchange;
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, { hostname, port, exchange }: Target): void {
  const { method, path } = exchange;
  const forwarded = request({ hostname, port, method, path, headers: incoming.headers }, (reply) => {
    exchange.status = reply.statusCode;
    outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.on('data', (chunk: Buffer) => {
      exchange.responseBody = Buffer.concat([exchange.responseBody, chunk]);
      outgoing.write(chunk);
    });
    reply.once('end', () => outgoing.end());
    reply.once('error', () => outgoing.destroy());
  });
  forwarded.once('error', () => outgoing.destroy());
  outgoing.once('close', () => forwarded.destroy());
  incoming.on('data', (chunk: Buffer) => {
    exchange.requestBody = Buffer.concat([exchange.requestBody, chunk]);
    forwarded.write(chunk);
  });
  incoming.once('end', () => forwarded.end());
}

/** An HTTP proxy that lets nobody out and notes where they wanted to go. */
export interface DeadEnd {
  readonly url: string;
  readonly targets: readonly string[];
  close(): Promise<void>;
}

export async function startDeadEnd(): Promise<DeadEnd> {
  const targets: string[] = [];
  const server = createServer((incoming, outgoing) => {
    targets.push(incoming.url ?? '');
    outgoing.writeHead(403).end();
  });
  server.on('connect', (incoming, socket) => {
    targets.push(incoming.url ?? '');
    // A program that gives up at once resets the connection.
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  return { url: await listen(server), targets, close: () => close(server) };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
