import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openTunnel } from '../../../src/daemon/transport/websocket-tunnel.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers step by step with these bytes, and keeps what was asked. */
async function scriptedSocks(answers: readonly (readonly number[] | 'end')[]) {
  const asked: Buffer[] = [];
  const left = [...answers];
  const server = createServer((socket) =>
    socket.on('data', (chunk: Buffer) => {
      asked.push(chunk);
      const answer = left.shift();
      if (answer === 'end') socket.end();
      else if (answer !== undefined) socket.write(Buffer.from(answer));
    }),
  );
  return { port: await listen(server), asked };
}

async function open(proxy: string, signal = new AbortController().signal): Promise<Socket> {
  const socket = await openTunnel({ host: 'upstream.test', port: 443 }, new URL(proxy), signal);
  ends.push(() => socket.destroy());
  return socket;
}

describe('SOCKS5', () => {
  const CONNECTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

  test('is given the name to resolve, and leaves what the target says', async () => {
    const { port, asked } = await scriptedSocks([
      [5, 0],
      [...CONNECTED, ...Buffer.from('hello')],
    ]);
    const socket = await open(`socks5h://127.0.0.1:${port}`);
    const [said] = (await new Promise((resolve) => socket.once('data', (data) => resolve([data])))) as [Buffer];
    expect(said.toString()).toBe('hello');
    expect(asked[1]).toEqual(
      Buffer.concat([Buffer.from([5, 1, 0, 3, 13]), Buffer.from('upstream.test'), Buffer.from([1, 187])]),
    );
  });

  test('is given user and password where it asks for them', async () => {
    const { port, asked } = await scriptedSocks([[5, 2], [1, 0], CONNECTED]);
    await open(`socks5://ann:s%40fe@127.0.0.1:${port}`);
    expect(asked[1]).toEqual(Buffer.from('\x01\x03ann\x04s@fe', 'latin1'));
  });

  test.each([
    { what: 'asks for a password that there is none of', answers: [[5, 0xff]], says: 'wants a user and password' },
    { what: 'speaks something else', answers: [[0x48, 0x54]], says: 'does not speak SOCKS5' },
    {
      what: 'cannot reach the target',
      answers: [
        [5, 0],
        [5, 4, 0, 1],
      ],
      says: 'cannot reach upstream.test',
    },
    { what: 'hangs up', answers: [[5, 0], 'end' as const], says: 'closed the connection' },
  ])('that $what is an error that says so', async ({ answers, says }) => {
    const { port } = await scriptedSocks(answers);
    await expect(open(`socks5://127.0.0.1:${port}`)).rejects.toThrow(says);
  });
});

describe('HTTP CONNECT', () => {
  async function proxy(status: number): Promise<{ port: number; asked: (string | undefined)[] }> {
    const asked: (string | undefined)[] = [];
    const server = createHttpServer();
    server.on('connect', ({ url, headers }, socket: Socket) => {
      asked.push(url, headers['proxy-authorization']);
      socket.write(`HTTP/1.1 ${status} Whatever\r\n\r\n`);
    });
    return { port: await listen(server), asked };
  }

  test('names the target, and who asks', async () => {
    const { port, asked } = await proxy(200);
    await open(`http://ann:s%40fe@127.0.0.1:${port}`);
    expect(asked).toEqual(['upstream.test:443', `Basic ${Buffer.from('ann:s@fe').toString('base64')}`]);
  });

  test('that is refused is an error that says so, and no secret', async () => {
    const { port } = await proxy(407);
    const error = await open(`http://ann:secret@127.0.0.1:${port}`).catch((reason: unknown) => reason);
    expect(String(error)).toContain('answers CONNECT with 407');
    expect(String(error)).not.toContain('secret');
  });
});

test.each(['http', 'socks5'])('a %s proxy that never answers is given up with the request', async (scheme) => {
  const server = createServer();
  const port = await listen(server);
  const gone = new AbortController();
  server.on('connection', (socket) => socket.once('data', () => gone.abort()));
  await expect(open(`${scheme}://127.0.0.1:${port}`, gone.signal)).rejects.toThrow(/abort/i);
});
