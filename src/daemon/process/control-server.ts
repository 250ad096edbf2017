import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { listenOnSocket } from '../../shared/local-socket.js';

/** The control app on the local socket, which only the current user can open: no key is asked. */
export async function openControlServer(app: Hono, socketPath: string): Promise<{ close(): Promise<void> }> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  await listenOnSocket(server, socketPath);
  return {
    // Long polls are cut: their callers ask again, and find no daemon.
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
