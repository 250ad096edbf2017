import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { DispatcherSource } from './dispatchers.js';

export interface UpstreamCall {
  readonly method?: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** A proxy URL, `direct`, or absent for the configured default. */
  readonly proxyUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for the response headers, and between two chunks of the body; 0 switches it off. */
  readonly headersTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  /** Closes the connection behind the answer, so that no later call meets one that the other side is just closing. */
  readonly closesConnection?: boolean;
  /** Whose connection it is: one that outlives the call serves no other credential. */
  readonly credentialId?: string;
  /** The same request over a WebSocket, which is tried first where the client of this call can. */
  readonly socket?: SocketCall | undefined;
}

/** A request over the WebSocket of a Responses upstream. */
export interface SocketCall {
  /** ws or wss. */
  readonly url: string;
  /** Of the upgrade. */
  readonly headers: Readonly<Record<string, string>>;
  /** Which conversation it belongs to; its socket is kept for the next turn. */
  readonly sessionKey?: string | undefined;
  readonly request: SocketRequest;
}

export interface SocketRequest {
  /** The members of the body. */
  members(): Readonly<Record<string, unknown>>;
  /** The `response.create` frame with the whole input. */
  whole(): Uint8Array;
  /** The frame that continues a response with the input items from that one on. */
  after(responseId: string, firstItem: number): Uint8Array;
}

/** Lower-case names. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Gets a body chunk by chunk, as the network delivers it. Exactly one of `end` and `error` comes last. */
export interface BodyConsumer {
  data(chunk: Buffer): void;
  end(): void;
  error(error: TransportError): void;
}

/** A body that is pushed, with backpressure by hand: neither streams nor promises are made per chunk. */
export interface ReplyBody {
  /** Call once. What has already arrived is delivered at once. */
  consume(consumer: BodyConsumer): void;
  pause(): void;
  resume(): void;
  /** Closes the connection; nothing is delivered afterwards. */
  abort(): void;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: ReplyBody;
}

export interface HttpClient {
  /** Resolves when the response headers are there. @throws TransportError */
  send(call: UpstreamCall): Promise<HttpReply>;
}

/** A connection that could not be made, broke, or took too long. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** Node's or undici's code, such as `ECONNREFUSED` or `UND_ERR_HEADERS_TIMEOUT`. */
  readonly code: string;
  readonly kind: 'aborted' | 'timeout' | 'network';

  constructor(kind: TransportError['kind'], code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.code = code;
  }
}

const DEFAULT_HEADERS_TIMEOUT_MS = 15 * 60_000;
const DEFAULT_IDLE_TIMEOUT_MS = 10 * 60_000;

/** Upstream HTTP over undici's raw dispatch: one connection pool per origin and proxy, redirects never followed. */
export function createHttpClient(dispatchers: DispatcherSource): HttpClient {
  const readUrl = openUrlReader();
  return {
    async send(call) {
      try {
        return await dispatchOnce(dispatchers, readUrl, call);
      } catch (error) {
        // The other side closed a kept-alive connection just as we picked it: a fresh one tells whether it is alive.
        if (error instanceof TransportError && isStaleConnection(error))
          return dispatchOnce(dispatchers, readUrl, call);
        throw error;
      }
    },
  };
}

function dispatchOnce(dispatchers: DispatcherSource, readUrl: ReadUrl, call: UpstreamCall): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const url = readUrl(call.url);
    if (call.signal?.aborted) return reject(toTransportError(call.signal.reason, url, true));
    const exchange = new Exchange(call, url, resolve, reject);
    dispatchers.get(url.origin, call.proxyUrl).dispatch(
      {
        origin: url.origin,
        path: url.path,
        method: call.method ?? 'POST',
        headers: call.headers as Record<string, string>,
        body: call.body ?? null,
        reset: call.closesConnection === true,
        headersTimeout: call.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS,
        bodyTimeout: call.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
      },
      exchange,
    );
  });
}

interface Address {
  readonly origin: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

type ReadUrl = (url: string) => Address;

/** An upstream has a handful of addresses, and reading one costs as much as routing a request. */
const MAX_KNOWN_URLS = 256;

function openUrlReader(): ReadUrl {
  const known = new Map<string, Address>();
  return (text) => {
    let address = known.get(text);
    if (address === undefined) {
      const { origin, host, pathname, search } = new URL(text);
      address = { origin, host, path: pathname + search };
      if (known.size >= MAX_KNOWN_URLS) known.clear();
      known.set(text, address);
    }
    return address;
  };
}

/** One request on the wire: undici's handler on one side, a `ReplyBody` on the other. */
class Exchange implements Dispatcher.DispatchHandler, ReplyBody {
  readonly #call: UpstreamCall;
  readonly #url: Address;
  readonly #resolve: (reply: HttpReply) => void;
  readonly #reject: (error: TransportError) => void;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #consumer: BodyConsumer | undefined;
  #early: Buffer[] = [];
  #settled: 'open' | 'ended' | TransportError = 'open';
  #answered = false;
  #aborted = false;

  constructor(
    call: UpstreamCall,
    url: Address,
    resolve: (reply: HttpReply) => void,
    reject: (error: TransportError) => void,
  ) {
    this.#call = call;
    this.#url = url;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onAbort = () => {
      this.#aborted = true;
      this.#controller?.abort(abortError());
    };
    call.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(abortError());
  }

  onResponseStart(_controller: unknown, status: number, headers: ReplyHeaders): void {
    if (status < 200) return;
    this.#answered = true;
    const encoding = headers['content-encoding'];
    const body = typeof encoding === 'string' && encoding !== 'identity' ? decompressed(this, encoding) : this;
    this.#resolve({ status, headers, body });
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#consumer === undefined) this.#early.push(chunk);
    else if (!this.#aborted) this.#consumer.data(chunk);
  }

  onResponseEnd(): void {
    this.#close();
    this.#settled = 'ended';
    if (!this.#aborted) this.#consumer?.end();
  }

  onResponseError(_controller: unknown, cause: Error): void {
    this.#close();
    const error = toTransportError(cause, this.#url, this.#aborted);
    this.#settled = error;
    if (!this.#answered) this.#reject(error);
    else if (!this.#aborted || this.#call.signal?.aborted) this.#consumer?.error(error);
  }

  consume(consumer: BodyConsumer): void {
    this.#consumer = consumer;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) {
      if (this.#aborted) return;
      consumer.data(chunk);
    }
    if (this.#settled === 'ended') consumer.end();
    else if (this.#settled !== 'open') consumer.error(this.#settled);
  }

  pause(): void {
    if (this.#settled === 'open') this.#controller?.pause();
  }

  resume(): void {
    if (this.#settled === 'open') this.#controller?.resume();
  }

  abort(): void {
    if (this.#aborted) return;
    this.#close();
    this.#aborted = true;
    if (this.#settled === 'open') this.#controller?.abort(abortError());
  }

  #close(): void {
    this.#call.signal?.removeEventListener('abort', this.#onAbort);
  }
}

const abortError = (): Error => new DOMException('the request was aborted', 'AbortError');

/** We ask for `identity`; an upstream that compresses all the same goes the slow way through zlib. */
function decompressed(raw: ReplyBody, encoding: string): ReplyBody {
  const codec =
    encoding === 'br' ? createBrotliDecompress() : encoding === 'deflate' ? createInflate() : createGunzip();
  let failed = false;
  return {
    consume(consumer) {
      const fail = (error: TransportError): void => {
        if (failed) return;
        failed = true;
        raw.abort();
        consumer.error(error);
      };
      codec.on('data', (chunk: Buffer) => consumer.data(chunk));
      codec.on('end', () => !failed && consumer.end());
      codec.on('error', (cause) =>
        fail(
          new TransportError(
            'network',
            'ERR_CONTENT_ENCODING',
            'upstream sent a body that cannot be decompressed',
            cause,
          ),
        ),
      );
      codec.on('drain', () => raw.resume());
      raw.consume({
        data: (chunk) => {
          if (!codec.write(chunk)) raw.pause();
        },
        end: () => codec.end(),
        error: fail,
      });
    },
    pause: () => codec.pause(),
    resume: () => codec.resume(),
    abort: () => {
      failed = true;
      codec.destroy();
      raw.abort();
    },
  };
}

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
]);

export function toTransportError(cause: unknown, url: Pick<Address, 'host'>, aborted: boolean): TransportError {
  const code = codeOf(cause);
  if (aborted) return new TransportError('aborted', 'ABORT_ERR', 'the request was aborted', cause);
  const kind = TIMEOUT_CODES.has(code) ? 'timeout' : 'network';
  return new TransportError(kind, code, `${url.host}: ${describe(code, cause)}`, cause);
}

function codeOf(cause: unknown): string {
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0]);
  return 'ERR_NETWORK';
}

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name lookup failed',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stalled',
  UND_ERR_SOCKET: 'connection closed by the other side',
  HPE_INVALID_CONSTANT: 'not an HTTP answer',
};

function describe(code: string, cause: unknown): string {
  return TEXTS[code] ?? (cause instanceof Error && cause.message !== '' ? cause.message : code);
}

function isStaleConnection(error: TransportError): boolean {
  const { cause } = error;
  if (error.code !== 'UND_ERR_SOCKET' || typeof cause !== 'object' || cause === null || !('socket' in cause))
    return false;
  const { socket } = cause;
  // Bytes were read on it before, so it served an earlier request; this one got no answer at all.
  return typeof socket === 'object' && socket !== null && 'bytesRead' in socket && Number(socket.bytesRead) > 0;
}

/** Reads a body to its end, or up to `maxBytes`; what is beyond is dropped and the connection closed. */
export function readBody(
  body: ReplyBody,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const joined = (): Buffer => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    body.consume({
      data(chunk) {
        size += chunk.length;
        if (size <= maxBytes) {
          chunks.push(chunk);
          return;
        }
        chunks.push(chunk.subarray(0, chunk.length - (size - maxBytes)));
        body.abort();
        resolve({ bytes: joined(), complete: false });
      },
      end: () => resolve({ bytes: joined(), complete: true }),
      error: reject,
    });
  });
}

/** A body that is there already, to be read like one that comes. */
export const bodyOf = (bytes: Buffer): ReplyBody => ({
  consume(consumer) {
    if (bytes.length > 0) consumer.data(bytes);
    consumer.end();
  },
  pause: () => undefined,
  resume: () => undefined,
  abort: () => undefined,
});
