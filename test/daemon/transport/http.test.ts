import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { createDispatchers } from '../../../src/daemon/transport/dispatchers.js';
import { createHttpClient, type HttpReply, readBody, TransportError } from '../../../src/daemon/transport/http.js';
import { startHttpProxy, startSocksProxy } from '../../support/proxies.js';
import { startStopwatch } from '../../support/stopwatch.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(handler: Handler): Promise<{ server: Server; url: string }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function client(defaultProxy: (origin: string) => string | undefined = () => undefined) {
  const dispatchers = createDispatchers(defaultProxy);
  cleanups.push(() => dispatchers.close());
  return createHttpClient(dispatchers);
}

const call = (url: string, more = {}) => ({ url, headers: { 'x-test': '1' }, body: Buffer.from('{}'), ...more });
const text = async (reply: HttpReply): Promise<string> => (await readBody(reply.body, 1e6)).bytes.toString('utf8');
const failure = async (promise: Promise<unknown>): Promise<TransportError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TransportError)) throw new Error(`expected a TransportError, got ${String(error)}`);
  return error;
};

test('sends a body and gives status, headers and body back', async () => {
  const { url } = await serve((request, response) => {
    request.resume();
    response.writeHead(418, { 'x-answer': request.headers['x-test'] ?? '' });
    response.end('short and stout');
  });
  const reply = await client().send(call(`${url}/path?x=1`));
  expect([reply.status, reply.headers['x-answer'], await text(reply)]).toEqual([418, '1', 'short and stout']);
});

test('follows no redirect: credentials must not travel to another host', async () => {
  const { url } = await serve((_request, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  );
  expect((await client().send(call(url))).status).toBe(302);
});

test('reads a body up to a limit and then closes the connection', async () => {
  const { url, server } = await serve((_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(Buffer.alloc(1000)), 1);
    response.on('close', () => clearInterval(timer));
  });
  const closed = once(server, 'request').then(([, response]) => once(response as ServerResponse, 'close'));
  const { bytes, complete } = await readBody((await client().send(call(url))).body, 2500);
  expect([bytes.length, complete]).toEqual([2500, false]);
  await closed;
});

test('decompresses what an upstream compresses although it was not asked to', async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync('squeezed'));
  });
  expect(await text(await client().send(call(url)))).toBe('squeezed');
});

test('a paused body stops the upstream, a resumed one goes on to its end', async () => {
  const size = 8 * 1024 * 1024;
  const { url } = await serve((_request, response) => response.writeHead(200).end(Buffer.alloc(size)));
  const { body } = await client().send(call(url));
  let received = 0;
  const ended = new Promise<void>((resolve, reject) => {
    body.consume({
      data(chunk) {
        received += chunk.length;
        body.pause();
        setImmediate(() => body.resume());
      },
      end: resolve,
      error: reject,
    });
  });
  await ended;
  expect(received).toBe(size);
});

test('an abort closes the upstream within 100 ms and reports itself as one', async () => {
  const { url, server } = await serve((_request, response) => response.writeHead(200).write('first'));
  const closed = once(server, 'request').then(([request]) => once((request as IncomingMessage).socket, 'close'));
  const controller = new AbortController();
  const { body } = await client().send(call(url, { signal: controller.signal }));
  const error = new Promise<TransportError>((resolve) => {
    body.consume({ data: () => controller.abort(), end: () => undefined, error: resolve });
  });
  expect((await error).kind).toBe('aborted');
  const stop = startStopwatch();
  await closed;
  expect(stop()).toBeLessThan(100);
});

test('a kept-alive connection that the other side just closed costs no failure', async () => {
  const sockets: Socket[] = [];
  let requests = 0;
  const { url, server } = await serve((request, response) => {
    requests++;
    // The second request arrives on the first connection, which dies under it.
    if (requests === 2) request.socket.destroy();
    else response.end(`answer ${requests}`);
  });
  server.on('connection', (socket) => sockets.push(socket));
  const http = client();
  expect(await text(await http.send(call(url)))).toBe('answer 1');
  // The pool takes the connection back in the turn after the answer's end.
  await nextTurn();
  expect(await text(await http.send(call(url)))).toBe('answer 3');
  expect(sockets).toHaveLength(2);
});

describe('a connection that fails', () => {
  test('refused', async () => {
    const { url, server } = await serve(() => undefined);
    server.close();
    const error = await failure(client().send(call(url)));
    expect([error.kind, error.code]).toEqual(['network', 'ECONNREFUSED']);
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+: connection refused$/);
  });

  test('reset before the headers', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect((await failure(client().send(call(url)))).kind).toBe('network');
  });

  test('an unknown host name', async () => {
    expect((await failure(client().send(call('http://no-such-host.invalid/')))).message).toMatch(/host name/);
  });

  test('silence beyond the limit', async () => {
    const { url } = await serve(() => undefined);
    expect((await failure(client().send(call(url, { headersTimeoutMs: 50 })))).kind).toBe('timeout');
  });
});

describe('a proxy', () => {
  test.each([
    ['HTTP CONNECT', startHttpProxy],
    ['SOCKS5', startSocksProxy],
  ])('%s carries the request', async (_name, start) => {
    const proxy = await start();
    cleanups.push(() => proxy.close());
    const { url } = await serve((_request, response) => response.end('through'));
    expect(await text(await client().send(call(url, { proxyUrl: proxy.url })))).toBe('through');
    expect(proxy.targets).toEqual([url.replace('http://', '')]);
  });

  test('"direct" passes the default proxy by', async () => {
    const { url } = await serve((_request, response) => response.end('straight'));
    const http = client(() => 'http://127.0.0.1:1');
    expect(await text(await http.send(call(url, { proxyUrl: 'direct' })))).toBe('straight');
    expect((await failure(http.send(call(url)))).kind).toBe('network');
  });

  test.each(['direct', 'none'])('"%s" as the default is no proxy', async (word) => {
    const { url } = await serve((_request, response) => response.end('straight'));
    expect(await text(await client(() => word).send(call(url)))).toBe('straight');
  });
});

test('keeps no connection behind a call that asks for that', async () => {
  const ports: (number | undefined)[] = [];
  const { url } = await serve((request, response) => {
    ports.push(request.socket.remotePort);
    request.resume();
    response.end('{}');
  });
  const http = client();
  for (const closesConnection of [false, false, true, false]) {
    await text(await http.send(call(url, { closesConnection })));
    // A connection is free a moment after its answer has ended.
    await nextTurn();
  }
  expect(ports[1]).toBe(ports[0]);
  expect(ports[2]).toBe(ports[0]);
  expect(ports[3]).not.toBe(ports[0]);
});
