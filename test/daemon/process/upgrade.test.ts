import { createServer, request as openRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { serveWithoutUpgrade, wantsWebSocket } from '../../../src/daemon/process/upgrade.js';

test.each([
  ['a WebSocket', 'GET', 'websocket', true],
  ['a WebSocket in other letters', 'GET', 'WebSocket', true],
  ['a POST that says so', 'POST', 'websocket', false],
  ['HTTP/2', 'GET', 'h2c', false],
])('%s is taken for what it is', async (_what, method, upgrade, expected) => {
  expect(await exchange({ method, upgrade })).toMatchObject({ wanted: expected });
});

test.each([0, 10, 500_000])('a POST of %d bytes that offers HTTP/2 is served whole', async (size) => {
  const body = 'x'.repeat(size);
  const answer = await exchange({ method: 'POST', upgrade: 'h2c', body });
  expect(answer).toMatchObject({ wanted: false, status: 200 });
  expect(JSON.parse(answer.text)).toEqual({ method: 'POST', path: '/v1/messages?beta=true', size, key: 'k' });
});

interface Asked {
  readonly method: string;
  readonly upgrade: string;
  readonly body?: string;
}

async function exchange({ method, upgrade, body = '' }: Asked) {
  let wanted: boolean | undefined;
  const server = createServer(async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += (chunk as Buffer).length;
    response.end(
      JSON.stringify({ method: request.method, path: request.url, size, key: request.headers['x-api-key'] }),
    );
  });
  server.on('upgrade', (request, socket, head) => {
    wanted = wantsWebSocket(request);
    if (wanted) socket.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\n\r\n');
    else serveWithoutUpgrade(server, request, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const reply = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const request = openRequest({
        port: (server.address() as AddressInfo).port,
        method,
        path: '/v1/messages?beta=true',
        headers: {
          connection: 'Upgrade, HTTP2-Settings',
          upgrade,
          'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
          'x-api-key': 'k',
          'content-length': body.length,
        },
      });
      request.once('error', reject);
      request.once('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        resolve({ status: response.statusCode, text });
      });
      request.end(body);
    });
    return { wanted, ...reply };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
