import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openManagementDoor } from '../../../src/daemon/server/management.js';
import { PEER_HEADER } from '../../../src/shared/contract/management/management.js';

const MB = 1024 * 1024;
const PATH = '/v0/management/auth-files';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let control: Server;
let gateway: Server;
let url: string;
let isConfigured: boolean;
let problems: unknown[];
let answer: Answer;
/** What the control plane was asked. */
let asked: IncomingMessage[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-door-'));
  const socketPath = join(folder, 'control.sock');
  isConfigured = true;
  problems = [];
  asked = [];
  answer = (_, response) => response.writeHead(201, { 'x-mine': 'yes', connection: 'close' }).end('{"from":"control"}');
  control = createServer((incoming, response) => {
    asked.push(incoming);
    answer(incoming, response);
  });
  await new Promise<void>((resolve) => control.listen(socketPath, resolve));
  const door = openManagementDoor({
    socketPath,
    isConfigured: () => isConfigured,
    onProblem: (error) => problems.push(error),
  });
  gateway = createServer((incoming, response) => {
    if (!door(incoming, response)) response.writeHead(418).end('data plane');
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const server of [gateway, control]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true, force: true });
});

const echo: Answer = (incoming, response) => {
  let size = 0;
  incoming.on('data', (chunk: Buffer) => (size += chunk.length));
  incoming.on('end', () => response.end(String(size)));
};

test.each([
  '/v0/management',
  '/v0/management/auth-files?name=x',
  '/v0/management/no-such-thing',
  '/anthropic/callback?code=c&state=s',
  '/codex/callback',
  '/v0/oauth/kiro',
  '/v0/oauth/kiro/start?method=builder-id',
])('%s goes to the control plane', async (path) => {
  const response = await fetch(url + path);
  expect(response.status).toBe(201);
  expect(response.headers.get('x-mine')).toBe('yes');
  expect(await response.json()).toEqual({ from: 'control' });
  expect(asked.map((each) => each.url)).toEqual([path]);
});

test.each([
  '/',
  '/v1/models',
  '/v0/managementx',
  '/v0/oauth',
  '/v0/oauth/kirox',
  '/v0/lifecycle/status',
  '/anthropic/callback/x',
  '/healthz',
  '/V0/management',
  '//v0/management',
])('%s stays in the data plane', async (path) => {
  expect((await fetch(url + path)).status).toBe(418);
  expect(asked).toEqual([]);
});

test.each([PATH, '/v0/management', '/codex/callback'])('without a key configured, %s is nowhere', async (path) => {
  isConfigured = false;
  const response = await fetch(url + path);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('');
  expect(asked).toEqual([]);
});

test('the peer is the other end of the connection, whatever a client says', async () => {
  const headers = {
    [PEER_HEADER]: '::1',
    'X-Forwarded-For': '192.0.2.1',
    'X-Real-IP': '192.0.2.1',
    Forwarded: 'for=x',
  };
  await fetch(url + PATH, { headers });
  expect(asked[0]?.headers[PEER_HEADER]).toBe('127.0.0.1');
  for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded']) expect(asked[0]?.headers).not.toHaveProperty(name);
});

test('HTTP/2 goes the same way', async () => {
  const door = openManagementDoor({
    socketPath: join(folder, 'control.sock'),
    isConfigured: () => true,
    onProblem: (error) => problems.push(error),
  });
  // The compatibility API of node:http2 stands in for that of node:http, as in our TLS server.
  const server = createHttp2Server((incoming, response) => {
    door(incoming as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  answer = echo;
  const stream = session.request({ ':method': 'POST', ':path': PATH, authorization: 'Bearer k' });
  stream.end(Buffer.alloc(MB));
  const status = await new Promise<unknown>((resolve) =>
    stream.once('response', (headers) => resolve(headers[':status'])),
  );
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  expect(status).toBe(200);
  expect(text).toBe(String(MB));
  expect(asked[0]?.headers).toMatchObject({ [PEER_HEADER]: '127.0.0.1', authorization: 'Bearer k' });
  expect(asked[0]?.headers.host).toMatch(/^127\.0\.0\.1:\d+$/);
  session.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(problems).toEqual([]);
});

test('what access is decided by goes along, and cookies do not', async () => {
  const headers = {
    host: 'my.gateway:8317',
    authorization: 'Bearer k',
    'x-management-key': 'k2',
    origin: 'https://ui.example',
    'sec-fetch-site': 'cross-site',
    cookie: 'a=b',
  };
  await new Promise<void>((resolve, reject) => {
    request(url + PATH, { headers }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
  const { cookie: _, ...passed } = headers;
  expect(asked[0]?.headers).toMatchObject(passed);
  expect(asked[0]?.headers).not.toHaveProperty('cookie');
});

test.each([
  { path: '/v0/oauth/kiro', passed: 'a=b' },
  { path: '/v0/oauth/kiro/status?state=s', passed: 'a=b' },
  { path: `${PATH}?/v0/oauth/kiro`, passed: undefined },
])('a cookie goes along to the pages alone: $path', async ({ path, passed }) => {
  await fetch(url + path, { headers: { cookie: 'a=b' } });
  expect(asked[0]?.headers.cookie).toBe(passed);
});

test('a request without a Host is passed on without one of ours', async () => {
  const { port } = gateway.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${PATH} HTTP/1.0\r\n\r\n`));
    socket.resume().on('close', () => resolve());
  });
  expect(asked[0]?.headers.host).toBe('');
});

test('bodies go through, sized and streamed', async () => {
  answer = echo;
  const sized = await fetch(url + PATH, { method: 'POST', body: Buffer.alloc(3 * MB) });
  expect(await sized.text()).toBe(String(3 * MB));
  const streamed = await fetch(url + PATH, {
    method: 'PUT',
    body: new Blob([Buffer.alloc(2 * MB)]).stream(),
    duplex: 'half',
  } as RequestInit);
  expect(await streamed.text()).toBe(String(2 * MB));
});

test('a body too large is refused before it is sent, and after', async () => {
  answer = echo;
  const sized = await fetch(url + PATH, { method: 'POST', body: Buffer.alloc(17 * MB) });
  expect(sized.status).toBe(413);
  expect(await sized.json()).toEqual({ error: 'the request body is larger than 16 MB' });
  const streamed = await fetch(url + PATH, {
    method: 'POST',
    body: new Blob([Buffer.alloc(17 * MB)]).stream(),
    duplex: 'half',
  } as RequestInit);
  expect(streamed.status).toBe(413);
  expect(problems).toEqual([]);
});

test('an answer that comes before the body was read reaches the client', async () => {
  answer = (_, response) => response.writeHead(401).end('{"error":"missing management key"}');
  const response = await fetch(url + PATH, { method: 'POST', body: Buffer.alloc(8 * MB) });
  expect(response.status).toBe(401);
});

test('a client that goes away takes its call along', async () => {
  const gone = new Promise<void>((resolve) => {
    answer = (incoming) => incoming.on('close', () => resolve());
  });
  const arrived = new Promise<void>((resolve) => control.once('request', () => resolve()));
  const leaving = new AbortController();
  const call = fetch(url + PATH, { signal: leaving.signal }).catch((error: Error) => error.name);
  await arrived;
  leaving.abort();
  await gone;
  expect(await call).toBe('AbortError');
  expect(problems).toEqual([]);
});

test('more than 64 at once are refused, until some are done', async () => {
  const held: ServerResponse[] = [];
  const full = new Promise<void>((resolve) => {
    answer = (_, response) => {
      held.push(response);
      if (held.length === 64) resolve();
    };
  });
  const calls = Array.from({ length: 64 }, () => fetch(url + PATH));
  await full;
  expect((await fetch(url + PATH)).status).toBe(503);
  for (const response of held) response.end('done');
  expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true);
  answer = (_, response) => response.end('again');
  expect(await (await fetch(url + PATH)).text()).toBe('again');
});

test('a control plane that is gone is a 502, and told', async () => {
  control.closeAllConnections();
  await new Promise((resolve) => control.close(resolve));
  const response = await fetch(url + PATH);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({ error: 'the control plane does not answer' });
  expect(problems).toHaveLength(1);
  await new Promise<void>((resolve) => control.listen(join(folder, 'control.sock'), resolve));
});
