import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createGatewayServer, listenOn, settlePort, urlOf } from '../../../src/daemon/process/listen.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(): Promise<number> {
  const server = await createGatewayServer({});
  servers.push(server);
  server.on('request', (_request, response) => void response.write('begin'));
  return listenOn(server, { host: '127.0.0.1', port: 0 });
}

async function sendRaw(port: number, ...texts: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  const closed = new Promise((done) => socket.once('close', done));
  for (const text of texts) {
    socket.write(text);
    await new Promise<void>((done) => {
      socket.once('data', (chunk: Buffer) => {
        received += chunk.toString();
        done();
      });
      socket.once('close', () => done());
    });
  }
  await closed;
  return received;
}

describe('what is not HTTP', () => {
  test.each([
    { name: 'nonsense', text: 'hello there\r\n\r\n', status: 400 },
    { name: 'a wrong content length', text: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n', status: 400 },
    { name: 'endless headers', text: `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, status: 431 },
  ])('$name is answered with $status and closed', async ({ text, status }) => {
    const received = await sendRaw(await serve(), text);
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(received).toContain('connection: close');
    expect(JSON.parse(received.slice(received.indexOf('\r\n\r\n')))).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
  });

  test('behind a running answer is not answered in the middle of it', async () => {
    const received = await sendRaw(await serve(), 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', 'nonsense\r\n\r\n');
    expect(received).toContain('begin');
    expect(received).not.toContain('400');
  });
});

describe('an address that cannot be used is named', () => {
  test('taken', async () => {
    const port = await serve();
    const second = await createGatewayServer({});
    await expect(listenOn(second, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  test('of another machine', async () => {
    const server = await createGatewayServer({});
    await expect(listenOn(server, { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'address_unavailable',
    });
  });

  test('with a certificate that is not there', async () => {
    const missing = join('nowhere', 'cert.pem');
    await expect(createGatewayServer({ tls: { cert: missing, key: missing } })).rejects.toMatchObject({
      code: 'tls_unreadable',
      hint: expect.stringContaining(missing),
    });
  });
});

test('port 0 becomes a real port that is free again, and any other stays', async () => {
  const { port } = await settlePort({ host: '127.0.0.1', port: 0 });
  expect(port).toBeGreaterThan(0);
  const server = await createGatewayServer({});
  servers.push(server);
  expect(await listenOn(server, { host: '127.0.0.1', port })).toBe(port);
  expect((server.address() as AddressInfo).port).toBe(port);
  expect(await settlePort({ host: '127.0.0.1', port })).toEqual({ host: '127.0.0.1', port });
});

test.each([
  { listen: { host: '', port: 1 }, url: 'http://127.0.0.1:1' },
  { listen: { host: '0.0.0.0', port: 1 }, url: 'http://127.0.0.1:1' },
  { listen: { host: '::', port: 1 }, url: 'http://127.0.0.1:1' },
  { listen: { host: '::1', port: 1 }, url: 'http://[::1]:1' },
  { listen: { host: 'gateway.test', port: 443, tls: { cert: 'c', key: 'k' } }, url: 'https://gateway.test:443' },
])('$listen.host is reached at $url', ({ listen, url }) => {
  expect(urlOf(listen)).toBe(url);
});
