import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { TestCertificate } from './certificate.js';
import { type SimulatedUpstream, startSimulatedUpstream } from './upstream.js';

/** What the next upgrades or requests meet in place of the normal behaviour, in order. */
export type SocketScript =
  | {
      /** A status; or the upgrade is never answered, or the connection cut. */
      readonly upgrade: number | 'hang' | 'cut';
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Sent as they are in place of an answer; a Buffer goes as a binary frame. */
  | { readonly frames: readonly (object | Buffer | string)[]; readonly close?: number; readonly cut?: true }
  /** The normal answer, cut or closed after so many frames. */
  | { readonly after: number; readonly close?: number; readonly cut?: true; readonly stall?: true };

export interface SocketFrame {
  /** Which connection, counted from 0. */
  readonly socket: number;
  readonly frame: Readonly<Record<string, unknown>>;
}

export interface SocketUpstream {
  /** As a config has it. */
  readonly url: string;
  readonly upgrades: readonly IncomingHttpHeaders[];
  readonly frames: readonly SocketFrame[];
  /** What came over plain HTTP. */
  readonly posts: readonly { readonly headers: IncomingHttpHeaders; readonly body: unknown }[];
  /** Connections open now. */
  readonly open: number;
  /** Connections whose peer answered a ping since they were opened. */
  readonly pongs: number;
  script(...steps: SocketScript[]): void;
  /** Forgets what is left of the script. */
  calm(): void;
  /** Headers of the 101. */
  upgradeHeaders: Readonly<Record<string, string>>;
  /** Pings every open connection. */
  ping(): void;
  /** Ends all connections from this side. */
  drop(): void;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
  /** Bytes that wait to be taken by the gateway. */
  buffered(): number;
  send(frame: object): void;
  /** Resolves with the nth frame, counted from 1. */
  waitForFrame(n: number): Promise<SocketFrame>;
  close(): Promise<void>;
}

export interface SocketUpstreamOptions {
  /** Compress frames. Default true. */
  readonly deflate?: boolean;
  /** Serve https and wss with it. */
  readonly tls?: TestCertificate;
}

interface Remembered {
  readonly items: readonly unknown[];
}

/**
 * A Responses upstream over WebSocket, as strict as the vendor's: a simulated upstream answers, and this stands before it
 * with the rules of the socket: text frames only, `response.create` only, one response at a time, and continuation only of
 * what the same socket has answered.
 */
export async function startSocketUpstream(
  model: string,
  { deflate = true, tls }: SocketUpstreamOptions = {},
): Promise<SocketUpstream> {
  const behind = await startSimulatedUpstream({ kind: 'openai-responses', apiKey: 'up-key', models: [model] });
  const upgrades: IncomingHttpHeaders[] = [];
  const frames: SocketFrame[] = [];
  const posts: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  const sockets = new Set<WebSocket>();
  const hanging = new Set<Duplex>();
  const steps: SocketScript[] = [];
  let idleWaiters: (() => void)[] = [];
  let frameWaiters: { readonly n: number; readonly resolve: (frame: SocketFrame) => void }[] = [];
  let pongs = 0;
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: deflate ? { threshold: 0 } : false });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      posts.push({ headers: request.headers, body: text === '' ? undefined : JSON.parse(text) });
      const headers = { ...request.headers };
      delete headers.host;
      openRequest(`${behind.origin}${request.url}`, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }).end(text);
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  const upstream: SocketUpstream = {
    url: '',
    upgrades,
    frames,
    posts,
    upgradeHeaders: {},
    get open() {
      return sockets.size;
    },
    get pongs() {
      return pongs;
    },
    script: (...more) => void steps.push(...more),
    calm: () => {
      steps.length = 0;
    },
    ping: () => {
      for (const socket of sockets) socket.ping();
    },
    drop: () => {
      for (const socket of sockets) socket.terminate();
    },
    idle: () =>
      sockets.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idleWaiters.push(resolve);
          }),
    buffered: () => [...sockets].reduce((sum, socket) => sum + socket.bufferedAmount, 0),
    send: (frame) => {
      for (const socket of sockets) socket.send(JSON.stringify(frame));
    },
    waitForFrame: (n) => {
      const seen = frames[n - 1];
      return seen === undefined
        ? new Promise((resolve) => {
            frameWaiters.push({ n, resolve });
          })
        : Promise.resolve(seen);
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      for (const socket of hanging) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await behind.close();
    },
  };
  const onFrame = (frame: SocketFrame): void => {
    frames.push(frame);
    for (const { resolve } of frameWaiters.filter(({ n }) => n === frames.length)) resolve(frame);
    frameWaiters = frameWaiters.filter(({ n }) => n > frames.length);
  };
  wss.on('headers', (headers) => {
    for (const [name, value] of Object.entries(upstream.upgradeHeaders)) headers.push(`${name}: ${value}`);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrades.push(request.headers);
    const [step] = steps;
    if (step !== undefined && 'upgrade' in step) {
      steps.shift();
      if (step.upgrade === 'cut') return void socket.destroy();
      if (step.upgrade === 'hang') return void hanging.add(socket);
      const { headers = {}, body = '' } = step;
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      return void socket.end(
        `HTTP/1.1 ${step.upgrade} Refused\r\n${lines.join('')}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
    }
    const refusal = badUpgrade(request);
    if (refusal !== undefined) {
      return void socket.end(`HTTP/1.1 ${refusal}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      const index = upgrades.length - 1;
      sockets.add(ws);
      ws.on('pong', () => {
        pongs++;
      });
      ws.on('error', () => ws.terminate());
      ws.on('close', () => {
        sockets.delete(ws);
        if (sockets.size > 0) return;
        for (const resolve of idleWaiters) resolve();
        idleWaiters = [];
      });
      serve(ws, request, behind, {
        takeStep: () => {
          const next = steps[0];
          if (next === undefined || 'upgrade' in next) return undefined;
          steps.shift();
          return next;
        },
        onFrame: (frame) => onFrame({ socket: index, frame }),
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(upstream, {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
  });
}

/** What OpenAI's upgrade wants; a wrong key is told there. */
function badUpgrade({ url, headers }: IncomingMessage): string | undefined {
  if (url !== '/v1/responses') return '404 Not Found';
  if (headers.authorization !== 'Bearer up-key') return '401 Unauthorized';
  const beta = headers['openai-beta'];
  if (typeof beta !== 'string' || !beta.includes('responses_websockets=')) return '426 Upgrade Required';
  if (headers['content-type'] !== undefined || headers.accept !== undefined) return '400 Bad Request';
  return undefined;
}

interface ServeParts {
  takeStep(): Exclude<SocketScript, { readonly upgrade: unknown }> | undefined;
  onFrame(frame: Readonly<Record<string, unknown>>): void;
}

function serve(ws: WebSocket, upgrade: IncomingMessage, behind: SimulatedUpstream, parts: ServeParts): void {
  const remembered = new Map<string, Remembered>();
  let isBusy = false;
  const fail = (status: number, code: string, message: string): void =>
    ws.send(JSON.stringify({ type: 'error', status, error: { type: 'invalid_request_error', code, message } }));
  ws.on('message', async (data: Buffer, isBinary: boolean) => {
    if (isBinary) return ws.close(1003);
    const frame = JSON.parse(data.toString()) as Record<string, unknown>;
    parts.onFrame(frame);
    if (frame['type'] !== 'response.create') return fail(400, 'invalid_type', 'response.create expected');
    if (isBusy) return fail(400, 'response_in_progress', 'one response at a time');
    for (const member of ['stream', 'background']) {
      if (member in frame) return fail(400, 'unknown_parameter', `${member} has no meaning here`);
    }
    const { type: _type, previous_response_id: previous, ...body } = frame;
    const before = previous === undefined ? { items: [] } : remembered.get(String(previous));
    if (before === undefined) {
      return fail(400, 'previous_response_not_found', `Previous response with id '${previous}' not found.`);
    }
    const step = parts.takeStep();
    if (step !== undefined && 'frames' in step) {
      for (const one of step.frames) {
        ws.send(Buffer.isBuffer(one) || typeof one === 'string' ? one : JSON.stringify(one));
      }
      if (step.close !== undefined) ws.close(step.close);
      if (step.cut === true) ws.terminate();
      return;
    }
    isBusy = true;
    const given = typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : body['input'];
    const input = [...before.items, ...(given as unknown[])];
    const gone = new AbortController();
    ws.once('close', () => gone.abort());
    try {
      const reply = await fetch(`${behind.url}/responses`, {
        method: 'POST',
        headers: { authorization: String(upgrade.headers.authorization), 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, input, stream: true }),
        signal: gone.signal,
      });
      const text = await reply.text();
      isBusy = false;
      if (!reply.ok) return void ws.send(JSON.stringify({ type: 'error', status: reply.status, ...JSON.parse(text) }));
      const events = text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [line.slice(6)] : []));
      const last = (JSON.parse(events.at(-1) ?? '{}') as { response: { id: string; output: unknown[] } }).response;
      remembered.clear();
      remembered.set(last.id, { items: [...input, ...last.output] });
      for (const [index, event] of events.entries()) {
        if (step === undefined || index < step.after) ws.send(event);
      }
      if (step?.close !== undefined) ws.close(step.close);
      // Not before what was sent is out.
      if (step?.cut === true) ws.ping(undefined, undefined, () => ws.terminate());
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    }
  });
}
