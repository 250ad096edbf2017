import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { openStreamBody } from '../../../src/daemon/server/stream-body.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const serve = async (answer: (response: ServerResponse) => void): Promise<number> => {
  const opened = createServer((_request, response) => answer(response));
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  return (opened.address() as AddressInfo).port;
};

/** Everything the server sends until it closes the connection. */
const exchange = (port: number, request: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  return text(socket);
};

const begin = (response: ServerResponse): ReturnType<typeof openStreamBody> => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  return openStreamBody(response);
};

describe('a streamed body on the socket', () => {
  test('arrives as it was written, whatever the chunks', async () => {
    const chunk = fc.oneof(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.integer({ min: 15_000, max: 40_000 }).map((length) => 'ü'.repeat(length)),
    );
    let chunks: readonly (string | Uint8Array)[] = [];
    const port = await serve((response) => {
      const body = begin(response);
      for (const each of chunks) body.write(each);
      body.end();
    });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async (written) => {
        chunks = written;
        const reply = await fetch(`http://127.0.0.1:${port}`);
        const bytes = Buffer.from(await reply.arrayBuffer());
        expect(bytes.equals(Buffer.concat(written.map((each) => Buffer.from(each as string))))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('gives HTTP/1.0 clients a body without chunk frames', async () => {
    const port = await serve((response) => {
      const body = begin(response);
      body.write('data: one\n\n');
      body.end();
    });
    const answer = await exchange(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(answer.split('\r\n\r\n').at(-1)).toBe('data: one\n\n');
  });

  test('keeps pipelined answers in order', async () => {
    const bodies: ReturnType<typeof openStreamBody>[] = [];
    const port = await serve((response) => {
      bodies.push(begin(response));
      if (bodies.length < 2) return;
      for (const body of bodies.toReversed()) {
        body.write(`answer ${bodies.indexOf(body)};`);
        body.end();
      }
    });
    const answer = await exchange(
      port,
      'GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    );
    expect(answer.match(/answer \d;/g)).toEqual(['answer 0;', 'answer 1;']);
  });

  test('tells a full client from one that reads, and when it reads again', async () => {
    let isFull = false;
    let hasDrained = false;
    const port = await serve((response) => {
      const body = begin(response);
      body.onDrain(() => {
        hasDrained = true;
        body.end();
      });
      const chunk = 'x'.repeat(8000);
      for (let sent = 0; sent < 4000 && !isFull; sent++) isFull = !body.write(chunk);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const all = await text(socket);
    expect({ isFull, hasDrained }).toEqual({ isFull: true, hasDrained: true });
    expect(all.endsWith('0\r\n\r\n')).toBe(true);
  });

  test('leaves no listener on a connection that serves another request', async () => {
    const listeners: number[] = [];
    const port = await serve((response) => {
      listeners.push(response.socket?.listenerCount('drain') ?? -1);
      const body = begin(response);
      body.onDrain(() => undefined);
      body.write('x');
      body.end();
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let asked = 0; asked < 3; asked++) {
      const reply = await new Promise<IncomingMessage>((resolve) => get({ port, host: '127.0.0.1', agent }, resolve));
      await text(reply);
    }
    agent.destroy();
    expect(listeners).toEqual([listeners[0], listeners[0], listeners[0]]);
  });

  test('sends the last chunk and the end in one packet when told that they belong together', async () => {
    let finish = (): void => undefined;
    const port = await serve((response) => {
      const body = begin(response);
      body.write('first');
      finish = () => {
        body.hold?.();
        body.write('last');
        body.end();
      };
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const pieces: string[] = [];
    for await (const piece of socket) {
      pieces.push(String(piece));
      if (String(piece).includes('first')) finish();
    }
    expect(pieces.at(-1)).toBe('4\r\nlast\r\n0\r\n\r\n');
  });
});
