import { createServer, type Socket } from 'node:net';
import { type Listen, listenOn } from './listen.js';

/** Who takes connections: a worker. */
export interface Taker {
  /** `false`: it died, or cannot be reached, before it had the connection; somebody else may have it. */
  give(socket: Socket): Promise<boolean>;
}

/** The one listener of several workers. */
export interface Handover {
  /** Gives this worker its share from now on, until the returned function is called. */
  join(taker: Taker): () => void;
  /** Takes no more connections; the ones that wait for a worker are closed. */
  close(): void;
}

/** Connections that wait while no worker is ready, as between a crash and the next start. */
const MAX_WAITING = 1024;

/**
 * Accepts connections and gives them to workers in turn. The kernel would give most streams to one of them; node:cluster's
 * own round robin lets a connection hang that was sent to a worker which dies before taking it (node 20 to 24). Here a
 * connection stays open until a worker says that it has it, and goes to the next one if it never says so.
 */
export async function openHandover(listen: Pick<Listen, 'host' | 'port'>): Promise<Handover> {
  const takers: Taker[] = [];
  const waiting = new Set<Socket>();
  let turn = 0;
  let isClosed = false;

  const place = (socket: Socket): void => {
    if (socket.destroyed) return;
    const taker = takers[turn++ % takers.length];
    if (taker !== undefined) return void offer(taker, socket);
    if (isClosed || waiting.size >= MAX_WAITING) return void socket.destroy();
    waiting.add(socket);
  };
  const offer = async (taker: Taker, socket: Socket): Promise<void> => {
    // Our copy of a connection that was taken; the worker's stays open.
    if (await taker.give(socket)) socket.destroy();
    else place(socket);
  };
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('close', () => waiting.delete(socket));
    place(socket);
  });
  await listenOn(server, listen);

  return {
    join(taker) {
      takers.push(taker);
      for (const socket of [...waiting]) {
        waiting.delete(socket);
        place(socket);
      }
      return () => {
        const at = takers.indexOf(taker);
        if (at !== -1) takers.splice(at, 1);
      };
    },
    close() {
      isClosed = true;
      server.close();
      for (const socket of waiting) socket.destroy();
    },
  };
}
