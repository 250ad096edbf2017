import {
  Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { isKiroPagePath, isManagementPath, PEER_HEADER } from '../../shared/contract/management/management.js';

export interface ManagementDoorOptions {
  /** The control plane's local socket. */
  readonly socketPath: string;
  /** Without a management key there is no management over TCP. */
  readonly isConfigured: () => boolean;
  readonly onProblem: (error: unknown) => void;
}

/** `true`: the request is management's, and taken care of. */
export type ManagementDoor = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Credential files and configs are small; the control plane holds a body as a whole. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Management is for a person or two; whoever wants more may not weigh on the control plane. */
const MAX_AT_ONCE = 64;
const SILENT_MS = 120_000;

/** All that the control plane decides by; what else a client sends, forwarding headers above all, stays here. */
const PASSED_ON = [
  'host',
  'origin',
  'sec-fetch-site',
  'authorization',
  'x-management-key',
  'content-type',
  'content-length',
  'accept',
  'if-match',
  'user-agent',
  'access-control-request-method',
  'access-control-request-headers',
] as const;

const NOT_PASSED_BACK: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'date',
  'upgrade',
]);

/** Hands management requests to the control plane over its socket, with the address of the connection's other end. */
export function openManagementDoor({ socketPath, isConfigured, onProblem }: ManagementDoorOptions): ManagementDoor {
  let running = 0;
  // Asked to stay open, the other side reads a body on that it has refused already, and the refusal arrives.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 0 });
  return (request, response) => {
    const path = pathOf(request.url ?? '');
    if (path === undefined) return false;
    if (!isConfigured()) {
      response.writeHead(404).end();
      return true;
    }
    if (running >= MAX_AT_ONCE) {
      refuse(response, 503, 'too many management calls at once');
      return true;
    }
    running++;
    response.once('close', () => running--);
    handOver(request, response, { agent, socketPath, onProblem });
    return true;
  };
}

/** The path of a management request as it was written; the control plane judges it again, resolved. */
function pathOf(url: string): string | undefined {
  const path = pathPart(url);
  return isManagementPath(path) ? path : undefined;
}

function pathPart(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function handOver(
  request: IncomingMessage,
  response: ServerResponse,
  { agent, socketPath, onProblem }: Pick<ManagementDoorOptions, 'socketPath' | 'onProblem'> & { readonly agent: Agent },
): void {
  const peer = request.socket.remoteAddress;
  if (peer === undefined) {
    response.destroy();
    return;
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return refuseBody(request, response);
  const outgoing = openRequest({
    socketPath,
    method: request.method,
    path: request.url,
    agent,
    timeout: SILENT_MS,
    setHost: false,
    headers: headersFor(request, peer),
  });
  let isGivenUp = false;
  const giveUp = (): void => {
    isGivenUp = true;
    outgoing.destroy();
  };
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, headersBack(answer));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  outgoing.on('timeout', giveUp);
  outgoing.on('error', (error) => {
    if (response.writableEnded || response.destroyed) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (!isGivenUp) onProblem(error);
    refuse(response, 502, 'the control plane does not answer');
  });
  response.once('close', () => {
    request.unpipe(outgoing);
    giveUp();
    request.resume();
  });
  passBody(request, outgoing, () => {
    giveUp();
    refuseBody(request, response);
  });
}

/** Streams the body within the bound. Whatever a client goes on sending after the answer is read and dropped by node. */
function passBody(request: IncomingMessage, outgoing: NodeJS.WritableStream, tooLarge: () => void): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) return;
    request.unpipe(outgoing);
    if (size - chunk.length <= MAX_BODY_BYTES) tooLarge();
    else if (size > 4 * MAX_BODY_BYTES) request.destroy();
  });
  request.pipe(outgoing);
}

function headersFor(request: IncomingMessage, peer: string): OutgoingHttpHeaders {
  const passed = PASSED_ON.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // HTTP/2 has the host in a header of its own.
  const host = request.headers.host ?? String(request.headers[':authority'] ?? '');
  // Only the pages know a cookie, and it is theirs alone.
  const cookie = isKiroPagePath(pathPart(request.url ?? '')) ? request.headers.cookie : undefined;
  return {
    ...Object.fromEntries(passed),
    ...(cookie === undefined ? {} : { cookie }),
    ...{ host, [PEER_HEADER]: peer },
  };
}

function headersBack(answer: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !NOT_PASSED_BACK.has(name)));
}

function refuseBody(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  refuse(response, 413, `the request body is larger than ${MAX_BODY_BYTES / 1024 / 1024} MB`);
}

function refuse(response: ServerResponse, status: number, error: string): void {
  if (response.headersSent) return;
  const body = JSON.stringify({ error });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
