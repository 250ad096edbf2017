import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import { findPortOwner } from '../../shared/port-owner.js';
import type { CallbackAnswer, CallbackReader } from './callback.js';
import { type PageId, renderPage } from './callback-page.js';

export interface CallbackListener {
  readonly port: number;
  /** Resolves once the port is free again; what was being answered is sent first. */
  close(): Promise<void>;
}

export interface CallbackListenerOptions {
  /** Tried in order; 0: any free one. */
  readonly ports: readonly number[];
  readonly path: string;
  readonly reader: Pick<CallbackReader, 'read'>;
  /** Led on to this address, with its query, instead of being answered. */
  readonly forwardTo?: string | undefined;
  /** Called once, for the first answer that is this login's own. */
  readonly onAnswer: (answer: Exclude<CallbackAnswer, { kind: 'foreign' | 'empty' }>) => void;
}

/** Browsers open a few connections ahead; nobody else has business here. */
const MAX_CONNECTIONS = 32;
const REQUEST_WITHIN_MS = 10_000;

/**
 * Waits on 127.0.0.1 for a redirect and answers each request with a page that says what became of it.
 * @throws AppError `callback_port_in_use` naming who holds the port, `callback_port_forbidden`.
 */
export async function openCallbackListener(options: CallbackListenerOptions): Promise<CallbackListener> {
  const sockets = new Set<Socket>();
  const server = createServer({ headersTimeout: REQUEST_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listenOnFirst(server, options.ports);
  server.on('request', openAnswering(options, port));
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroySoon();
      }),
  };
}

function openAnswering(
  { path, reader, forwardTo, onAnswer }: CallbackListenerOptions,
  port: number,
): (request: IncomingMessage, response: ServerResponse) => void {
  const hosts = new Set([`localhost:${port}`, `127.0.0.1:${port}`]);
  let answered = false;
  const leadsOn = ({ method, url = '/', headers }: IncomingMessage): boolean =>
    method === 'GET' && hosts.has((headers.host ?? '').toLowerCase()) && url.split('?', 1)[0] === path;
  const judge = ({ method, url = '/', headers }: IncomingMessage): { page: PageId; reason?: string } => {
    if (!hosts.has((headers.host ?? '').toLowerCase())) return { page: 'wrong-host' };
    if (method !== 'GET') return { page: 'wrong-method' };
    const [pathname, query = ''] = url.split('?', 2);
    if (pathname !== path) return { page: 'not-here' };
    const answer = reader.read(new URLSearchParams(query));
    if (answer.kind === 'foreign' || answer.kind === 'empty') return { page: answer.kind };
    if (answered) return { page: 'used' };
    answered = true;
    onAnswer(answer);
    return answer.kind === 'code' ? { page: 'received' } : { page: 'denied', reason: answer.reason };
  };
  return (request, response) => {
    if (forwardTo !== undefined && leadsOn(request)) {
      const query = request.url?.slice(path.length) ?? '';
      request.resume();
      response.writeHead(302, { location: forwardTo + query, 'cache-control': 'no-store', connection: 'close' }).end();
      return;
    }
    const { page, reason } = judge(request);
    const { status, headers, body } = renderPage(page, reason);
    request.resume();
    response.writeHead(status, headers).end(body);
  };
}

async function listenOnFirst(server: Server, ports: readonly number[]): Promise<number> {
  let taken: unknown;
  for (const port of ports) {
    try {
      return await listenOn(server, port);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EACCES') throw forbidden(port, error);
      if (code !== 'EADDRINUSE') throw error;
      taken = error;
    }
  }
  throw await explainInUse(ports, taken);
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function explainInUse(ports: readonly number[], cause: unknown): Promise<AppError> {
  const owners = await Promise.all(
    ports.map(async (port) => {
      const owner = await findPortOwner(port);
      return { port, by: owner === undefined ? 'another program' : `${owner.command} (pid ${owner.pid})`, owner };
    }),
  );
  const held = owners.map(({ port, by }) => `port ${port} is in use by ${by}`).join(', ');
  return new AppError('callback_port_in_use', `the login's answer has nowhere to come to: ${held}`, {
    hint: 'end that program, or choose another port with `--callback-port`',
    exitCode: EXIT.callbackPortInUse,
    cause,
    details: { ports: owners.map(({ port, owner }) => ({ port, ...(owner === undefined ? {} : { owner }) })) },
  });
}

const forbidden = (port: number, cause: unknown): AppError =>
  new AppError('callback_port_forbidden', `no permission to listen on port ${port}`, {
    hint: 'choose a port above 1023 with `--callback-port`',
    cause,
  });
