import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A piece of a scripted body, or what becomes of the connection: closed in mid-body, or left open without a word. */
type BodyStep = string | Buffer | { readonly becomes: 'cut' | 'stall' };

export interface GateReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one after the other; what is no text, bytes or step is sent as JSON. */
  readonly body?: readonly BodyStep[] | object | string;
}

export interface GateRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Resolves with the time at which the exchange was over, or its client gone. */
  readonly closed: Promise<number>;
}

/** Stands before a strict vendor: passes everything on, but for what a test scripts. */
export interface Gate {
  readonly origin: string;
  /** Requests for answers, oldest first. */
  readonly asked: readonly GateRequest[];
  /** All requests, side calls included. */
  readonly seen: readonly GateRequest[];
  /** In place of the vendor's own answers, in order; for inference only. */
  script(...replies: readonly GateReply[]): void;
  /** Every request for an answer gets this one from now on. */
  always(reply: GateReply | ((request: GateRequest) => GateReply)): void;
  /** Everything else gets this one from now on. */
  sideAlways(reply: GateReply): void;
  reset(): void;
  close(): Promise<void>;
}

export async function startGate(target: string, isInference: (path: string) => boolean): Promise<Gate> {
  const seen: GateRequest[] = [];
  const asked: GateRequest[] = [];
  const scripted: GateReply[] = [];
  let standing: GateReply | ((request: GateRequest) => GateReply) | undefined;
  let side: GateReply | undefined;
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const record = await read(incoming, response);
    seen.push(record);
    const isAsked = record.method === 'POST' && isInference(new URL(record.path, target).pathname);
    if (isAsked) asked.push(record);
    const planned = isAsked ? (scripted.shift() ?? standing) : side;
    if (planned === undefined) pass(record, target, response);
    else play(typeof planned === 'function' ? planned(record) : planned, response);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    seen,
    script: (...replies) => void scripted.push(...replies),
    always(reply) {
      standing = reply;
    },
    sideAlways(reply) {
      side = reply;
    },
    reset() {
      for (const list of [seen, asked, scripted]) list.length = 0;
      standing = undefined;
      side = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(incoming: IncomingMessage, response: ServerResponse): Promise<GateRequest> {
  const closed = new Promise<number>((resolve) => response.once('close', () => resolve(Date.now())));
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '/', headers } = incoming;
  return { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8'), closed };
}

function pass({ method, path, headers, body }: GateRequest, target: string, response: ServerResponse): void {
  const { hostname, port } = new URL(target);
  const onward = request({ hostname, port, method, path, headers: { ...headers, host: `${hostname}:${port}` } });
  onward.once('response', (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onward.once('error', () => response.destroy());
  response.once('close', () => onward.destroy());
  onward.end(body);
}

function play({ status = 200, headers = {}, body = '' }: GateReply, response: ServerResponse): void {
  const steps = Array.isArray(body) ? (body as readonly BodyStep[]) : undefined;
  const type = steps !== undefined ? 'text/event-stream' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  if (steps === undefined) return void response.end(typeof body === 'string' ? body : JSON.stringify(body));
  for (const step of steps) {
    if (typeof step === 'object' && 'becomes' in step) {
      // The pieces before must be on their way first.
      if (step.becomes === 'cut') response.write('', () => response.destroy());
      return;
    }
    response.write(step);
  }
  response.end();
}
