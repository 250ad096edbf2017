import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../../shared/errors.js';
import { findPortOwner } from '../../shared/port-owner.js';
import { createSecureServer, type OnRenewed } from './tls.js';

/** Where the gateway listens; fixed for the life of the daemon. */
export const listenSchema = z.object({
  /** Empty: all addresses. */
  host: z.string(),
  /** 0: any free one. */
  port: z.number().int().min(0).max(65_535),
  /** PEM files. */
  tls: z.object({ cert: z.string(), key: z.string() }).optional(),
  /** The primary accepts and hands connections over; a worker binds nothing. */
  handedOver: z.boolean().optional(),
});
export type Listen = z.output<typeof listenSchema>;

/** As many connections as arrive while the loop is busy; the kernel cuts it to `net.core.somaxconn`. */
const BACKLOG = 4096;
/** Longer than the 60 s for which common clients and proxies keep a connection, so that they are the ones who close it. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_WITHIN_MS = 60_000;

/** A server that does not listen yet. A request may take as long as it wants, its headers may not. */
export async function createGatewayServer({ tls }: Pick<Listen, 'tls'>, onRenewed?: OnRenewed): Promise<Server> {
  const options: ServerOptions = {
    noDelay: true,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_WITHIN_MS,
    requestTimeout: 0,
  };
  const server = tls === undefined ? createServer(options) : await createSecureServer(options, tls, onRenewed);
  server.on('clientError', refuseBrokenRequest);
  return server;
}

/** Binds; resolves with the port. Throws `AppError` naming who holds the port, where that can be found out. */
export async function listenOn(server: NetServer, { host, port }: Pick<Listen, 'host' | 'port'>): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, backlog: BACKLOG, ...(host === '' ? {} : { host }) }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw await explainListenError(error, host, port);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * Port 0 as a real one. node:cluster tells shared listeners apart by the port they ask for, so all workers must ask for the
 * same, the ones started later too.
 */
export async function settlePort(listen: Listen): Promise<Listen> {
  if (listen.port !== 0) return listen;
  const probe = createServer();
  const port = await listenOn(probe, listen);
  await new Promise((resolve) => probe.close(resolve));
  return { ...listen, port };
}

/** The address to show and to use from this machine: a wildcard is reached over loopback. */
export function urlOf({ host, port, tls }: Listen): string {
  const isWildcard = host === '' || host === '0.0.0.0' || host === '::' || host === '*';
  const name = isWildcard ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}`;
}

async function explainListenError(error: unknown, host: string, port: number): Promise<unknown> {
  const place = `${host === '' ? '*' : host}:${port}`;
  switch (codeOf(error)) {
    case 'EADDRINUSE': {
      const owner = await findPortOwner(port);
      const by = owner === undefined ? 'another program' : `${owner.command} (pid ${owner.pid})`;
      return new AppError('port_in_use', `${place} is already in use by ${by}`, {
        hint: 'end that program, or set another `port` in the config',
        cause: error,
        details: { host, port, ...(owner === undefined ? {} : { owner }) },
      });
    }
    case 'EACCES':
      return new AppError('port_forbidden', `no permission to listen on ${place}`, {
        hint: 'ports below 1024 need privileges: set another `port` in the config',
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError('address_unavailable', `this machine has no address ${host}`, {
        hint: 'set `host` to one of its own addresses, or to 127.0.0.1',
        cause: error,
      });
    default:
      return error;
  }
}

/** Answers what is not HTTP. An answer may be under way on the same connection: then nothing is written into it. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET' || ('_httpMessage' in socket && socket._httpMessage)) {
    socket.destroy();
    return;
  }
  const [status, reason] = statusOf(error.code);
  const body = JSON.stringify({ error: { type: 'invalid_request_error', message: reason.toLowerCase() } });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function statusOf(code: string | undefined): readonly [number, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'Request Header Fields Too Large'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'Request Timeout'];
  return [400, 'Bad Request'];
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
