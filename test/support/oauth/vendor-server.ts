import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { USER_AGENT } from '../../../src/shared/version.js';

export interface VendorRequest {
  readonly route: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  json(): Record<string, unknown>;
  form(): URLSearchParams;
}

export interface VendorAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  /** Never answers. */
  readonly hangs?: boolean;
  /** Breaks the connection. */
  readonly breaks?: boolean;
}

/** By `GET /path` or `POST /path`. */
export type VendorRoutes = Readonly<Record<string, (request: VendorRequest) => VendorAnswer>>;

export interface VendorServer {
  readonly url: string;
  readonly requests: VendorRequest[];
  /** Answers the next request of that route in place of its handler; several queue up. */
  next(route: string, ...answers: readonly VendorAnswer[]): void;
  /** Resolves when that many requests of the route have come. */
  asked(route: string, count?: number): Promise<void>;
  close(): Promise<void>;
}

/** A vendor that answers what its routes say, and nothing to a client that hides who it is. */
export async function startVendorServer(
  routes: VendorRoutes,
  tls?: { readonly cert: string; readonly key: string },
): Promise<VendorServer> {
  const requests: VendorRequest[] = [];
  const queued = new Map<string, VendorAnswer[]>();
  const waiting = new Set<() => void>();
  const listener: RequestListener = (incoming, response) =>
    void readText(incoming).then((text) => {
      const request = toRequest(incoming, text);
      requests.push(request);
      for (const check of waiting) check();
      write(response, answerTo(request));
    });
  const answerTo = (request: VendorRequest): VendorAnswer => {
    const planned = queued.get(request.route)?.shift();
    if (planned !== undefined) return planned;
    const isPage = request.route === 'GET /oauth/authorize';
    if (!isPage && request.headers['user-agent'] !== USER_AGENT) {
      return { status: 400, body: { error: 'a client says its own name' } };
    }
    const handle = routes[request.route];
    return handle === undefined ? { status: 404, body: { error: `no ${request.route}` } } : handle(request);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    requests,
    next(route, ...answers) {
      queued.set(route, [...(queued.get(route) ?? []), ...answers]);
    },
    asked: (route, count = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (requests.filter((request) => request.route === route).length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toRequest({ method = 'GET', url = '/', headers }: IncomingMessage, text: string): VendorRequest {
  const { pathname, searchParams } = new URL(url, 'http://vendor');
  return {
    route: `${method} ${pathname}`,
    query: searchParams,
    headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
    form: () => new URLSearchParams(text),
  };
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function write(response: ServerResponse, { status = 200, headers = {}, body = {}, hangs, breaks }: VendorAnswer): void {
  if (hangs === true) return;
  if (breaks === true) {
    response.destroy();
    return;
  }
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}
