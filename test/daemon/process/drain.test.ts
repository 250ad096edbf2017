import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Drain, trackForDrain } from '../../../src/daemon/process/drain.js';

let server: Server;
let drain: Drain;
let answer: RequestListener;
let clients: Client[];
beforeEach(async () => {
  clients = [];
  answer = (_request, response) => response.end('ok');
  server = createServer();
  drain = trackForDrain(server, { tls: false });
  server.on(
    'request',
    drain.watch((request, response) => answer(request, response)),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  server.closeAllConnections();
  await drain.drain({ timeoutMs: 0, idleMs: 0 });
});

interface Client {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  /** Resolves once the text was received. */
  sees(text: string): Promise<void>;
  send(path?: string): void;
  received(): string;
}

async function openClient(): Promise<Client> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await new Promise<void>((done) => socket.once('connect', done));
  let text = '';
  const waiting: (() => void)[] = [];
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    for (const check of waiting) check();
  });
  const client: Client = {
    socket,
    closed: new Promise((done) => void socket.on('error', () => undefined).once('close', () => done())),
    sees: (wanted) =>
      new Promise((done) => {
        const check = (): void => (text.includes(wanted) ? done() : undefined);
        waiting.push(check);
        check();
      }),
    send: (path = '/') => void socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    received: () => text,
  };
  clients.push(client);
  return client;
}

const LONG = { timeoutMs: 60_000, idleMs: 0 };

describe('a drain', () => {
  test('ends idle connections at once: fresh ones and kept ones', async () => {
    const fresh = await openClient();
    const kept = await openClient();
    kept.send();
    await kept.sees('ok');
    await drain.drain(LONG);
    await Promise.all([fresh.closed, kept.closed]);
  });

  test('announces the close in answers whose headers are not out yet, and closes after them', async () => {
    let finish: () => void = () => undefined;
    const arrived = new Promise<void>((begun) => {
      answer = (_request, response) => {
        finish = () => response.end('late');
        begun();
      };
    });
    const client = await openClient();
    client.send();
    await arrived;
    const drained = drain.drain(LONG);
    finish();
    await client.closed;
    await drained;
    expect(client.received().toLowerCase()).toContain('connection: close');
    expect(client.received()).toContain('late');
  });

  test('lets an answer finish whose headers are out, and closes after it', async () => {
    let finish: () => void = () => undefined;
    answer = (_request, response) => {
      response.write('begin ');
      finish = () => response.end('end');
    };
    const client = await openClient();
    client.send();
    await client.sees('begin');
    const drained = drain.drain(LONG);
    expect(drain.running()).toBe(1);
    finish();
    await client.sees('end');
    await client.closed;
    await drained;
    expect(drain.running()).toBe(0);
  });

  test('cuts what runs longer than the timeout', async () => {
    answer = (_request, response) => void response.write('begin ');
    const client = await openClient();
    client.send();
    await client.sees('begin');
    await drain.drain({ timeoutMs: 20, idleMs: 0 });
    await client.closed;
  });

  test('keeps upgraded sockets until the timeout', async () => {
    server.on('upgrade', (_request, socket) => {
      drain.watchUpgrade(socket);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    });
    const client = await openClient();
    client.socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    await client.sees('101');
    let isClosed = false;
    void client.closed.then(() => {
      isClosed = true;
    });
    const drained = drain.drain({ timeoutMs: 100, idleMs: 0 });
    await new Promise<void>((done) => setImmediate(done));
    expect({ isClosed, running: drain.running() }).toEqual({ isClosed: false, running: 1 });
    await drained;
    await client.closed;
  });

  test('with patience for idle connections serves one more request, and tells the client to close', async () => {
    const client = await openClient();
    client.send();
    await client.sees('ok');
    const drained = drain.drain({ timeoutMs: 60_000, idleMs: 10_000 });
    client.send();
    await client.closed;
    await drained;
    expect(
      client
        .received()
        .toLowerCase()
        .match(/connection: close/g),
    ).toHaveLength(1);
    expect(client.received().match(/ok/g)).toHaveLength(2);
  });

  test('takes no new connections', async () => {
    const { port } = server.address() as AddressInfo;
    await drain.drain(LONG);
    const socket = connect(port, '127.0.0.1');
    const error = await new Promise((done) => socket.once('error', done));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
