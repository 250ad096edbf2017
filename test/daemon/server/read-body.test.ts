import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerEnv } from '../../../src/daemon/server/env.js';
import { toFailure } from '../../../src/daemon/server/errors.js';
import { readRequestBody } from '../../../src/daemon/server/read-body.js';

const MAX_BYTES = 64 * 1024;

const app = new Hono<ServerEnv>();
app.post('/', async (c) => c.body(new Uint8Array(await readRequestBody(c, MAX_BYTES))));
app.onError((error, c) => {
  const { status, code, reason } = toFailure(error);
  return c.json({ status, code: code ?? reason });
});

let server: Server;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
beforeAll(async () => {
  server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  agent.destroy();
  server.close();
});

interface Answer {
  readonly text: string;
  readonly port: number | undefined;
}

/** Posts over a real socket, which is kept for the next request. */
function post(body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method: 'POST', agent, headers }, (reply: IncomingMessage) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => resolve({ text: Buffer.concat(chunks).toString('utf8'), port: sent.socket?.localPort }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const refusal = (status: number, code: string): string => JSON.stringify({ status, code });
const encoded = (encoding: string, body: Uint8Array) => post(body, { 'content-encoding': encoding });

describe('size', () => {
  test.each(['', 'x', 'é'.repeat(MAX_BYTES / 2)])('up to the limit is read whole', async (body) => {
    expect((await post(body)).text).toBe(body);
  });

  test('beyond the limit is answered, not cut, and the connection serves the next request', async () => {
    const refused = await post(Buffer.alloc(MAX_BYTES * 3));
    expect(refused.text).toBe(refusal(413, 'request_too_large'));
    const next = await post('next');
    expect(next).toEqual({ text: 'next', port: refused.port });
  });

  test('far beyond the limit is not read to the end', async () => {
    await expect(post(Buffer.alloc(MAX_BYTES * 200))).rejects.toThrow();
  });
});

describe('encoding', () => {
  const text = 'héllo '.repeat(1000);
  const zstd: unknown = Reflect.get(zlib, 'zstdCompressSync');

  test.each<[string, (input: string) => Buffer]>([
    ['gzip', zlib.gzipSync],
    ['x-gzip', zlib.gzipSync],
    ['GZIP', zlib.gzipSync],
    ['br', zlib.brotliCompressSync],
    ['deflate', zlib.deflateSync],
    ['identity', Buffer.from],
    ...(typeof zstd === 'function' ? [['zstd', (input: string) => Reflect.apply(zstd, zlib, [input])] as const] : []),
  ] as [string, (input: string) => Buffer][])('%s is undone', async (encoding, compress) => {
    expect((await encoded(encoding, compress(text))).text).toBe(text);
  });

  test.each<[string, (input: Buffer) => Promise<Buffer>]>([
    ['gzip', promisify(zlib.gzip)],
    ['br', promisify(zlib.brotliCompress)],
    ['deflate', promisify(zlib.deflate)],
  ])('a %s bomb stops at the limit', async (encoding, compress) => {
    const bomb = await compress(Buffer.alloc(MAX_BYTES + 1));
    expect(bomb.length).toBeLessThan(MAX_BYTES / 10);
    expect((await encoded(encoding, bomb)).text).toBe(refusal(413, 'request_too_large'));
  });

  test.each([
    ['gzip', 400, 'invalid_content_encoding'],
    ['br', 400, 'invalid_content_encoding'],
    ['compress', 415, 'unsupported_content_encoding'],
    ['gzip, br', 415, 'unsupported_content_encoding'],
  ])('plain text said to be %s is refused with %i', async (encoding, status, code) => {
    expect((await encoded(encoding, Buffer.from('plain'))).text).toBe(refusal(status, code));
  });
});

test('without a Node socket the limit holds as well', async () => {
  const ask = async (body: Uint8Array<ArrayBuffer> | string) =>
    (await app.request('/', { method: 'POST', body }, {})).text();
  expect(await ask(new Uint8Array(MAX_BYTES + 1))).toBe(refusal(413, 'request_too_large'));
  expect(await ask('small')).toBe('small');
});
