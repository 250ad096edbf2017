import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../src/daemon/ir/json.js';

/** One request that came to a vendor. */
export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty when there is none; a form's fields as members. */
  readonly body: JsonObject;
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is, and what comes in pieces when they come. */
  readonly body: unknown;
}

/** Where a request that passed the checks is answered. */
export interface Forward {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent on in place of the request's own. */
  readonly body?: JsonObject;
  /** Laid over the answer's. */
  readonly replyHeaders?: Readonly<Record<string, string>>;
  /** Changes each line of a stream. */
  readonly line?: (line: string) => string;
}

const isAnswer = (value: VendorAnswer | Forward): value is VendorAnswer => 'status' in value;

export interface Front {
  readonly origin: string;
  /** All requests, oldest first. */
  readonly seen: SeenRequest[];
  /** Answers given instead of the usual ones, in order; for inference only. */
  script(...answers: readonly VendorAnswer[]): void;
  reset(): void;
  close(): Promise<void>;
}

export interface FrontParts {
  readonly isInference: (request: SeenRequest) => boolean;
  handle(request: SeenRequest): VendorAnswer | Forward;
}

/** A vendor's front door on 127.0.0.1: checks, then hands on to a simulated upstream that speaks the dialect. */
export async function startFront({ isInference, handle }: FrontParts): Promise<Front> {
  const seen: SeenRequest[] = [];
  const scripted: VendorAnswer[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, { status: 500, body: { error: { message: String(error) } } });
    });
  });
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await read(incoming);
    seen.push(request);
    const planned = isInference(request) ? scripted.shift() : undefined;
    const outcome = planned ?? handle(request);
    if (isAnswer(outcome))
      return isPieces(outcome.body) ? sendPieces(response, outcome, outcome.body) : send(response, outcome);
    await forward(request, outcome, response);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    script: (...answers) => {
      scripted.push(...answers);
    },
    reset() {
      seen.length = 0;
      scripted.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', 'http://vendor');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: text === '' ? {} : isForm(request.headers) ? readForm(text) : (JSON.parse(text) as JsonObject),
  };
}

const isForm = (headers: IncomingHttpHeaders): boolean =>
  headers['content-type'] === 'application/x-www-form-urlencoded';
const readForm = (text: string): JsonObject => Object.fromEntries(new URLSearchParams(text));

const isPieces = (body: unknown): body is AsyncIterable<string> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

async function sendPieces(
  response: ServerResponse,
  { status, headers = {} }: VendorAnswer,
  pieces: AsyncIterable<string>,
): Promise<void> {
  response.writeHead(status, { 'content-type': 'text/event-stream', ...headers });
  for await (const piece of pieces) response.write(piece);
  response.end();
}

function send(response: ServerResponse, { status, headers = {}, body }: VendorAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
  response.end(isText || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

async function forward(request: SeenRequest, target: Forward, response: ServerResponse): Promise<void> {
  const reply = await fetch(target.url, {
    method: request.method,
    headers: { 'content-type': 'application/json', ...target.headers },
    ...(request.method === 'GET' ? {} : { body: JSON.stringify(target.body ?? request.body) }),
  });
  const headers = Object.fromEntries(reply.headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection']) delete headers[name];
  response.writeHead(reply.status, { ...headers, ...target.replyHeaders });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of reply.body ?? []) {
    if (target.line === undefined) {
      response.write(chunk);
      continue;
    }
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) response.write(`${target.line(line)}\n`);
  }
  response.end(rest);
}
