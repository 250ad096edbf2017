import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type ReplyHeaders, toTransportError } from './http.js';
import { openTunnel, secureOver } from './websocket-tunnel.js';

export interface ConnectCall {
  /** ws or wss. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Already resolved: absent means directly. */
  readonly proxyUrl: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly maxFrameBytes: number;
}

export type Connected =
  | { readonly kind: 'open'; readonly socket: WebSocket; readonly headers: ReplyHeaders }
  /** The server answered, but with something other than 101. */
  | { readonly kind: 'refused'; readonly status: number; readonly headers: ReplyHeaders; readonly body: Buffer };

/** An error body beyond this is cut. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Opens a WebSocket. @throws TransportError when no HTTP answer came at all. */
export async function connectSocket(call: ConnectCall): Promise<Connected> {
  const url = new URL(call.url);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(timedOut()), call.timeoutMs);
  const signal = call.signal === undefined ? deadline.signal : AbortSignal.any([call.signal, deadline.signal]);
  try {
    signal.throwIfAborted();
    const tunnel =
      call.proxyUrl === undefined ? undefined : await openTunnel(targetOf(url), new URL(call.proxyUrl), signal);
    return await shakeHands(call, url, tunnel, signal);
  } catch (error) {
    if (deadline.signal.aborted && call.signal?.aborted !== true) throw toTransportError(timedOut(), url, false);
    throw toTransportError(error, url, call.signal?.aborted === true);
  } finally {
    clearTimeout(timer);
  }
}

function shakeHands(call: ConnectCall, url: URL, tunnel: Socket | undefined, signal: AbortSignal): Promise<Connected> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      headers: call.headers,
      maxPayload: call.maxFrameBytes,
      // What comes may be compressed; what goes is not: deflating a conversation costs more than sending it.
      perMessageDeflate: { threshold: Number.POSITIVE_INFINITY },
      ...(tunnel === undefined ? {} : { createConnection: () => over(tunnel, url) }),
    });
    let headers: ReplyHeaders = {};
    const onAbort = (): void => {
      socket.terminate();
      tunnel?.destroy();
    };
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('upgrade', (response) => {
      headers = response.headers;
    });
    socket.once('open', () => {
      settle();
      resolve({ kind: 'open', socket, headers });
    });
    socket.once('unexpected-response', (request, response) => {
      readRefusal(response).then((body) => {
        settle();
        request.destroy();
        resolve({ kind: 'refused', status: response.statusCode ?? 502, headers: response.headers, body });
      }, reject);
    });
    // For good: between this and the next owner's listener an error would end the process.
    socket.on('error', reject);
    socket.once('close', settle);
  });
}

const over = (tunnel: Socket, url: URL): Socket =>
  url.protocol === 'wss:' ? secureOver(tunnel, targetOf(url).host) : tunnel;

const targetOf = (url: URL): { readonly host: string; readonly port: number } => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port) || (url.protocol === 'wss:' ? 443 : 80),
});

function readRefusal(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MAX_REFUSAL_BYTES) response.destroy();
    });
    response.once('close', () => resolve(Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES)));
    response.once('error', reject);
  });
}

const timedOut = (): Error => Object.assign(new Error('the handshake took too long'), { code: 'ETIMEDOUT' });
