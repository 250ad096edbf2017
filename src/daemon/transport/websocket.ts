import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isDirect } from '../../shared/environment-proxy.js';
import { bodyOf, type HttpClient, type HttpReply, type SocketCall, TransportError, type UpstreamCall } from './http.js';
import { continuationOf, digestRequest, type RequestDigest } from './websocket-chain.js';
import { type Connected, connectSocket } from './websocket-connect.js';
import { SocketConnection } from './websocket-connection.js';
import { type Asked, exchange } from './websocket-exchange.js';
import { openHttpFallback } from './websocket-fallback.js';
import { type IdleLimits, type Lane, openIdleSockets } from './websocket-idle.js';

export interface SocketClientParts {
  /** For calls that name no socket, and for credentials whose upgrade is refused. */
  readonly http: HttpClient;
  /** As for `createDispatchers`. */
  readonly defaultProxy: (origin: string) => string | undefined;
  readonly now: () => number;
  readonly onFallback: (credentialId: string, reason: string) => void;
  readonly limits?: Partial<SocketLimits>;
}

export interface SocketLimits extends IdleLimits {
  readonly handshakeMs: number;
  /** Between two frames of an answer, unless the call says otherwise. */
  readonly stallMs: number;
  readonly maxFrameBytes: number;
}

export interface SocketClient extends HttpClient {
  /** Closes the free connections of all other credentials, now and later. */
  keepOnly(credentialIds: ReadonlySet<string>): void;
  close(): void;
}

const MINUTE_MS = 60_000;
const LIMITS: SocketLimits = {
  handshakeMs: 15_000,
  stallMs: 5 * MINUTE_MS,
  maxFrameBytes: 64 * 1024 * 1024,
  idleMs: 5 * MINUTE_MS,
  ageMs: 55 * MINUTE_MS,
  total: 64,
  perSession: 2,
  perLane: 4,
};
/** Statuses of the credential, not of the upgrade: HTTP would say the same. */
const OF_THE_CREDENTIAL: ReadonlySet<number> = new Set([401, 402, 429]);
/** Conversations whose turn may have a state. */
const MAX_TURN_STATES = 512;
const TURN_STATE = 'x-codex-turn-state';
/** Upgrade headers that speak of one call, not of who calls. */
const PER_CALL: ReadonlySet<string> = new Set([TURN_STATE, 'x-codex-turn-metadata', 'x-client-request-id']);

/**
 * Sends Responses requests over WebSockets, and gives their events back as an HTTP answer would have them. A socket is kept
 * for the next turn of its conversation, which then sends only what is new; whatever is wrong with sockets, HTTP serves.
 */
export function createSocketClient(parts: SocketClientParts): SocketClient {
  const { http, now } = parts;
  const limits = { ...LIMITS, ...parts.limits };
  const idle = openIdleSockets(limits, now);
  const fallback = openHttpFallback(parts);
  const turnStates = new LRUCache<string, string>({ max: MAX_TURN_STATES });

  const proxyFor = ({ proxyUrl }: UpstreamCall, origin: string): string | undefined => {
    const chosen = proxyUrl ?? parts.defaultProxy(origin);
    return chosen === undefined || isDirect(chosen) ? undefined : chosen;
  };

  async function overSocket(call: UpstreamCall, socket: SocketCall, owner: string): Promise<HttpReply> {
    const url = new URL(socket.url);
    const proxyUrl = proxyFor(call, url.origin.replace(/^ws/, 'http'));
    const key = JSON.stringify([owner, socket.url, proxyUrl, socket.sessionKey]);
    const lane: Lane = { owner, key, isSession: socket.sessionKey !== undefined };
    const identity = identityOf(socket);
    const digest = digestRequest(socket.request.members());
    if (!digest.isSameTurn) turnStates.delete(key);
    const turnState = socket.sessionKey === undefined ? undefined : turnStates.get(key);
    const ask = (connection: SocketConnection, opened?: Connected): Promise<Asked> =>
      exchange(
        {
          connection,
          host: url.host,
          digest,
          headers: opened?.headers ?? {},
          isReused: opened === undefined,
          signal: call.signal,
          firstFrameMs: timeLimit(call.headersTimeoutMs, limits.stallMs),
          idleMs: timeLimit(call.idleTimeoutMs, limits.stallMs),
          now,
          onDone(chain) {
            fallback.worked(owner);
            connection.chain = chain;
            idle.put(lane, connection);
          },
          onBroken: (reason) => fallback.broke(owner, reason),
        },
        frameFor(connection, socket, digest),
      );

    const kept = idle.take(lane, identity, digest);
    if (kept !== undefined) {
      const asked = await ask(kept);
      if (asked.kind === 'reply') return asked.reply;
    }
    const headers = withTurnState(socket.headers, turnState);
    const opened = await open({ ...call, headers: withTurnState(call.headers, turnState) }, { ...socket, headers });
    if ('body' in opened) return opened;
    if (socket.sessionKey !== undefined) keepTurnState(key, opened.headers[TURN_STATE]);
    const connection = new SocketConnection(opened.socket, { openedAt: now(), identity });
    const asked = await ask(connection, opened);
    if (asked.kind === 'reply') return asked.reply;
    throw new TransportError('network', 'ERR_WS_PROTOCOL', `${url.host}: the WebSocket gave no answer`);
  }

  /** A fresh connection; or the answer of HTTP, where there is none to be had. */
  async function open(call: UpstreamCall, socket: SocketCall): Promise<HttpReply | (Connected & { kind: 'open' })> {
    const owner = ownerOf(call, socket);
    let connected: Connected;
    try {
      connected = await connectSocket({
        url: socket.url,
        headers: socket.headers,
        proxyUrl: proxyFor(call, new URL(socket.url).origin.replace(/^ws/, 'http')),
        signal: call.signal,
        timeoutMs: limits.handshakeMs,
        maxFrameBytes: limits.maxFrameBytes,
      });
    } catch (error) {
      if (!(error instanceof TransportError) || error.kind === 'aborted') throw error;
      fallback.refused(owner, error.message);
      return http.send(call);
    }
    if (connected.kind === 'open') return connected;
    const { status, headers, body } = connected;
    if (OF_THE_CREDENTIAL.has(status)) return { status, headers, body: bodyOf(body) };
    fallback.refused(owner, `the upgrade was answered with ${status}`);
    return http.send(call);
  }

  const keepTurnState = (key: string, state: string | readonly string[] | undefined): void => {
    if (typeof state === 'string') turnStates.set(key, state);
  };

  return {
    send(call) {
      const { socket } = call;
      if (socket === undefined) return http.send(call);
      const owner = ownerOf(call, socket);
      return fallback.isActive(owner) ? http.send(call) : overSocket(call, socket, owner);
    },
    keepOnly(credentialIds) {
      idle.keepOnly(credentialIds);
      fallback.keepOnly(credentialIds);
    },
    close: () => idle.close(),
  };
}

const ownerOf = ({ credentialId }: UpstreamCall, { url }: SocketCall): string => credentialId ?? url;

function frameFor({ chain }: SocketConnection, { request }: SocketCall, digest: RequestDigest): Uint8Array {
  const firstItem = continuationOf(chain, digest);
  return chain === undefined || firstItem === undefined ? request.whole() : request.after(chain.responseId, firstItem);
}

const withTurnState = (
  headers: Readonly<Record<string, string>>,
  state: string | undefined,
): Readonly<Record<string, string>> =>
  state === undefined || headers[TURN_STATE] !== undefined ? headers : { ...headers, [TURN_STATE]: state };

/** A renewed token or another account makes another connection. */
function identityOf({ headers }: SocketCall): string {
  const compared = Object.entries(headers).filter(([name]) => !PER_CALL.has(name));
  return hash('sha256', JSON.stringify(compared.sort(([a], [b]) => (a < b ? -1 : 1))), 'base64');
}

/** 0 switches a limit off; a timer takes no more than this. */
const timeLimit = (ms: number | undefined, usual: number): number => (ms === 0 ? 2 ** 31 - 1 : (ms ?? usual));
