import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import { WebSocketServer } from 'ws';
import { ProxyFailure } from '../engine/inbound.js';
import type { ServerEnv } from './env.js';
import { openRequestIds } from './request-ids.js';
import { ResponsesSession, type SessionParts } from './responses-socket-session.js';

export interface ResponsesSockets {
  /** Answers a GET that wants a socket, after access control. Throws `ProxyFailure` with 426 where it gets none. */
  accept(c: Context<ServerEnv>): Response;
  /** Closes idle sockets now and the others after their answer. */
  end(): void;
  /** Cuts what is left. */
  terminate(): void;
}

/** Dead peers are found by the kernel: a client that only waits sends nothing. */
const TCP_KEEP_ALIVE_MS = 60_000;

/** OpenAI Responses over WebSocket: each `response.create` frame is one request, its events are text frames. */
export function openResponsesSockets(parts: Omit<SessionParts, 'nextRequestId'>): ResponsesSockets {
  const sessions = new Set<ResponsesSession>();
  const nextRequestId = openRequestIds();
  return {
    accept(c) {
      const { incoming, upgrade } = c.env;
      const { servesResponsesSocket, maxBodyBytes } = c.get('snapshot');
      if (!servesResponsesSocket) throw refused('the Responses WebSocket is switched off; use POST');
      if (incoming === undefined || upgrade === undefined) throw refused('this route is a WebSocket; else use POST');
      // One server per socket: it is only a handshake, and the size limit may change with the config.
      const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxBodyBytes });
      server.handleUpgrade(incoming, upgrade.socket, upgrade.head, (socket) => {
        incoming.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
        const session = new ResponsesSession(socket, c, { ...parts, nextRequestId });
        sessions.add(session);
        socket.once('close', () => sessions.delete(session));
      });
      return RESPONSE_ALREADY_SENT;
    },
    end() {
      for (const session of sessions) session.end();
    },
    terminate() {
      for (const session of sessions) session.terminate();
    },
  };
}

/** Codex CLI falls back to POST when it reads 426. */
const refused = (message: string): ProxyFailure =>
  new ProxyFailure({ reason: 'invalid-request', status: 426, code: 'upgrade_required', message });
