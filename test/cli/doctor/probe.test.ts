import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type ProbeResult, probe } from '../../../src/cli/doctor/probe.js';
import { startHttpProxy, startSocksProxy } from '../../support/proxies.js';

const open: { close(): unknown }[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const one of open.splice(0)) await one.close();
});

const NOW = Date.parse('2026-03-01T12:00:00Z');
const look = (url: string, proxy?: string, timeoutMs = 5_000): Promise<ProbeResult> =>
  probe({ url: new URL(url), proxy, proxyLabel: proxy, timeoutMs, now: () => NOW });

async function listen(server: Server | HttpServer): Promise<number> {
  server.on('connection', (socket: Socket) => sockets.add(socket));
  open.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function upstream(date = new Date(NOW).toUTCString()): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createHttpServer((request, response) => {
    seen.push(request);
    response.writeHead(404, { date }).end();
  });
  return { port: await listen(server), seen };
}

test('a reachable upstream is asked once, by our name and without any credential', async () => {
  const { port, seen } = await upstream();
  expect(await look(`http://127.0.0.1:${port}/v1`)).toMatchObject({ failure: undefined, clockOffsetMs: 0 });
  expect(seen).toHaveLength(1);
  expect(seen[0]?.headers).toEqual({
    host: `127.0.0.1:${port}`,
    'user-agent': expect.stringMatching(/^cliproxyctl\//),
    connection: 'close',
  });
});

test("the upstream's Date tells how far our clock is off", async () => {
  const { port } = await upstream(new Date(NOW + 90_000).toUTCString());
  expect((await look(`http://127.0.0.1:${port}`)).clockOffsetMs).toBe(90_000);
});

test.each([
  { kind: 'HTTP', start: startHttpProxy },
  { kind: 'SOCKS5', start: startSocksProxy },
])('the way leads through an $kind proxy', async ({ start }) => {
  const { port, seen } = await upstream();
  const proxy = await start();
  open.push(proxy);
  expect(await look(`http://127.0.0.1:${port}`, proxy.url)).toMatchObject({ failure: undefined, clockOffsetMs: 0 });
  expect(proxy.targets).toEqual([`127.0.0.1:${port}`]);
  expect(seen).toHaveLength(1);
});

test('TLS through a proxy is checked against the upstream, and a self-signed certificate is called that', async () => {
  const server = createHttpsServer({
    key: readFileSync('test/fixtures/tls/self-signed-key.pem'),
    cert: readFileSync('test/fixtures/tls/self-signed.pem'),
  });
  const port = await listen(server);
  const proxy = await startHttpProxy();
  open.push(proxy);
  for (const through of [undefined, proxy.url]) {
    const { failure } = await look(`https://127.0.0.1:${port}`, through);
    expect(failure).toMatchObject({ stage: 'tls', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(failure?.message).toContain('self-signed');
  }
});

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  open.splice(open.indexOf(server), 1);
  await new Promise((done) => server.close(done));
  return port;
}

test('a refused connection names the host, or the proxy where that one refuses', async () => {
  const port = await closedPort();
  expect((await look(`http://127.0.0.1:${port}`)).failure).toEqual({
    stage: 'connect',
    message: `127.0.0.1:${port} refuses the connection`,
    code: 'ECONNREFUSED',
  });
  const through = await look('http://upstream.test', `http://127.0.0.1:${port}`);
  expect(through.failure).toMatchObject({ stage: 'proxy', message: `proxy 127.0.0.1:${port} refuses the connection` });
});

test('a proxy that wants a password, or cannot reach the upstream, is named with the reason, never the password', async () => {
  const server = createHttpServer();
  server.on('connect', (request, socket: Socket) => {
    const hasUser = request.headers['proxy-authorization'] === `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    socket.end(hasUser ? 'HTTP/1.1 502 Bad Gateway\r\n\r\n' : 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  const port = await listen(server);
  const without = await look('http://upstream.test', `http://127.0.0.1:${port}`);
  expect(without.failure).toMatchObject({
    stage: 'proxy',
    message: `proxy 127.0.0.1:${port} wants a user and password`,
  });
  const withUser = await look('http://upstream.test', `http://me:p%40ss@127.0.0.1:${port}`);
  expect(withUser.failure).toMatchObject({
    stage: 'proxy',
    message: `proxy 127.0.0.1:${port} answers CONNECT with 502`,
  });
});

test('SOCKS5 user and password are sent as RFC 1929 says, and a refusal is told apart', async () => {
  const server = createServer((socket) => {
    socket.once('data', (hello) => {
      expect([...hello]).toEqual([5, 2, 0, 2]);
      socket.write(Buffer.from([5, 2]));
      socket.once('data', (login) => {
        expect(login.toString('latin1')).toBe('\u0001\u0002me\u0004pass');
        socket.end(Buffer.from([1, 1]));
      });
    });
  });
  const port = await listen(server);
  const { failure } = await look('http://upstream.test', `socks5://me:pass@127.0.0.1:${port}`);
  expect(failure).toMatchObject({ stage: 'proxy', message: `proxy 127.0.0.1:${port} refuses its user and password` });
});

test('an upstream that accepts and says nothing during TLS is given up after the limit, and its connection ended', async () => {
  const server = createServer();
  const port = await listen(server);
  const accepted = once(server, 'connection');
  const { failure } = await look(`https://127.0.0.1:${port}`, undefined, 200);
  expect(failure?.message).toBe('127.0.0.1 does not answer within 0.2 s');
  const [socket] = (await accepted) as [Socket];
  socket.resume();
  await once(socket, 'close');
});

test('an upstream that connects but never answers HTTP is reachable, its clock unknown', async () => {
  const port = await listen(createServer());
  expect(await look(`http://127.0.0.1:${port}`, undefined, 200)).toMatchObject({
    failure: undefined,
    clockOffsetMs: undefined,
  });
});
