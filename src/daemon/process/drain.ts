import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';

export interface DrainLimits {
  readonly timeoutMs: number;
  /** A client that keeps a connection busy hears `connection: close` with its next answer, instead of a reset. */
  readonly idleMs: number;
}

export interface Drain {
  /** Wraps a request listener, so that running answers are known. */
  watch(listener: (request: IncomingMessage, response: ServerResponse) => void): typeof listener;
  /** Counts an upgraded socket as running until it closes. */
  watchUpgrade(socket: Duplex): void;
  /** True from the first call of `drain` on. */
  isDraining(): boolean;
  /** Running answers and upgraded sockets. */
  running(): number;
  /**
   * Takes no more connections, ends those that stay idle for `idleMs`, lets running answers finish for `timeoutMs`, then
   * cuts them. Resolves once no connection is left.
   */
  drain(limits: DrainLimits): Promise<void>;
}

/** Ends a server without breaking an answer. `server.close()` alone waits for ever for idle and upgraded sockets. */
export function trackForDrain(server: Server, { tls }: { readonly tls: boolean }): Drain {
  const sockets = new Set<Duplex>();
  /** Under TLS: the raw sockets, a handshake of which may hang. */
  const raw = new Set<Duplex>();
  const upgraded = new Set<Duplex>();
  const responses = new Set<ServerResponse>();
  let ending: Promise<void> | undefined;
  let onLastClosed: (() => void) | undefined;
  const tellLastClosed = (): void => {
    if (sockets.size + raw.size + upgraded.size === 0) onLastClosed?.();
  };
  const keep = (set: Set<Duplex>, socket: Duplex): void => {
    set.add(socket);
    socket.once('close', () => {
      set.delete(socket);
      tellLastClosed();
    });
  };

  server.on(tls ? 'secureConnection' : 'connection', (socket: Duplex) => keep(sockets, socket));
  if (tls) server.on('connection', (socket: Duplex) => keep(raw, socket));

  const isBusy = (socket: Duplex): boolean => {
    if (upgraded.has(socket)) return true;
    for (const response of responses) if (response.req.socket === socket) return true;
    return false;
  };
  const endIdle = (): void => {
    for (const socket of sockets) if (!isBusy(socket)) socket.destroy();
  };
  const run = async ({ timeoutMs, idleMs }: DrainLimits): Promise<void> => {
    // `http.Server.close` would end idle connections at once. It knows only of connections it has accepted itself.
    const closed = Promise.all([
      new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve())),
      new Promise<void>((resolve) => {
        onLastClosed = resolve;
        tellLastClosed();
      }),
    ]);
    for (const response of responses) announceClose(response);
    const idle = setTimeout(endIdle, Math.min(idleMs, timeoutMs));
    const cut = setTimeout(() => {
      for (const socket of [...sockets, ...upgraded, ...raw]) socket.destroy();
    }, timeoutMs);
    await closed;
    clearTimeout(idle);
    clearTimeout(cut);
    // Only its own timers are left to end.
    server.close();
  };

  return {
    watch: (listener) => (request, response) => {
      responses.add(response);
      response.once('close', () => {
        responses.delete(response);
        if (ending !== undefined && !isBusy(request.socket)) endSoftly(request.socket);
      });
      if (ending !== undefined) announceClose(response);
      listener(request, response);
    },
    watchUpgrade: (socket) => keep(upgraded, socket),
    isDraining: () => ending !== undefined,
    running: () => responses.size + upgraded.size,
    drain(limits) {
      ending ??= run(limits);
      return ending;
    },
  };
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

/** The last bytes still go out; a peer that does not close its half is cut by the timeout. */
function endSoftly(socket: Duplex): void {
  if (!socket.destroyed) socket.end();
}
