import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createPublicFetch, type PublicFetchParts } from '../../../src/daemon/transport/public-fetch.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server at a made-up public name. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://pictures.example:${(server.address() as AddressInfo).port}`;
}

const names: Readonly<Record<string, readonly string[]>> = {
  'pictures.example': ['127.0.0.1'],
  'inside.example': ['10.0.0.1'],
  'both.example': ['127.0.0.1', '10.0.0.1'],
};
const resolve = async (host: string): Promise<readonly string[]> => {
  const addresses = names[host];
  if (addresses === undefined) throw new Error('ENOTFOUND');
  return addresses;
};
const fetchFile = (url: string, parts: PublicFetchParts = {}, signal = new AbortController().signal) =>
  createPublicFetch({ resolve, isAllowed: (address) => address === '127.0.0.1', ...parts })(url, signal);

test('gives the bytes and the type, and sends nothing that tells of the client', async () => {
  let seen: object = {};
  const url = await serve((request, response) => {
    seen = request.headers;
    response.setHeader('content-type', 'Image/PNG; charset=x');
    response.end('bytes');
  });
  const file = await fetchFile(`${url.replace('//', '//user:secret@')}/a.png?b=1`);
  expect(file).toEqual({ bytes: Buffer.from('bytes'), contentType: 'image/png' });
  expect(Object.keys(seen).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
});

test('follows three redirects, and no fourth', async () => {
  const url = await serve((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) return response.end('there');
    return response.writeHead(302, { location: `/${left - 1}` }).end();
  });
  expect((await fetchFile(`${url}/3`)).bytes.toString()).toBe('there');
  await expect(fetchFile(`${url}/4`)).rejects.toThrow('redirects more than 3 times');
});

test.each([
  ['http://inside.example/', 'not on the public internet'],
  ['http://both.example/', 'not on the public internet'],
  ['http://[::1]/', 'not on the public internet'],
  ['http://2130706434/', 'not on the public internet'],
  ['http://nowhere.example/', 'its name is not known'],
  ['file:///etc/hostname', 'not an http or https address'],
  ['ftp://pictures.example/a', 'not an http or https address'],
  ['no address', 'not an http or https address'],
])('refuses %s, and where something redirects to it', async (target, why) => {
  await expect(fetchFile(target)).rejects.toThrow(why);
  const url = await serve((_request, response) => response.writeHead(307, { location: target }).end());
  if (URL.canParse(target)) await expect(fetchFile(url)).rejects.toThrow(why);
});

test('by itself it lets nobody reach this machine', async () => {
  const url = await serve((_request, response) => response.end('inside'));
  const { port } = new URL(url);
  const signal = new AbortController().signal;
  for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::ffff:127.0.0.1]', '0.0.0.0']) {
    await expect(createPublicFetch()(`http://${host}:${port}/`, signal)).rejects.toThrow('not on the public internet');
  }
});

test('stops at the size limit, said or not', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/said') response.setHeader('content-length', 2000);
    response.write(Buffer.alloc(1000));
    response.end(Buffer.alloc(1000));
  });
  for (const path of ['/said', '/chunked']) {
    await expect(fetchFile(url + path, { maxBytes: 1500 })).rejects.toThrow('larger than');
  }
  expect((await fetchFile(url, { maxBytes: 2000 })).bytes).toHaveLength(2000);
});

test.each([
  ['an answer that is none', 404, {}, 'it answers 404'],
  ['a compressed one, which could swell', 200, { 'content-encoding': 'gzip' }, 'it is compressed'],
])('refuses %s', async (_name, status, headers, why) => {
  const url = await serve((_request, response) => response.writeHead(status, headers).end('x'));
  await expect(fetchFile(url)).rejects.toThrow(why);
});

test('gives up after its time, before and within the answer', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/within') response.write('x');
  });
  for (const path of ['/before', '/within']) {
    await expect(fetchFile(url + path, { timeoutMs: 50 })).rejects.toThrow('longer than 0.05 s');
  }
  const never = { resolve: () => new Promise<never>(() => undefined), timeoutMs: 50 };
  await expect(fetchFile(url, never)).rejects.toThrow('longer than');
});

test('ends with the client', async () => {
  const client = new AbortController();
  const url = await serve(() => client.abort());
  await expect(fetchFile(url, {}, client.signal)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
});
