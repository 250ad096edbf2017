import { type BodyConsumer, type HttpReply, type ReplyBody, type ReplyHeaders, TransportError } from './http.js';
import { type Chain, chainAfter, type RequestDigest } from './websocket-chain.js';
import type { ConnectionListener, SocketConnection } from './websocket-connection.js';
import {
  isGreeting,
  isRecord,
  isTerminal,
  readErrorFrame,
  readFrame,
  sseBytes,
  typeOfFrame,
} from './websocket-frames.js';

export interface ExchangeParts {
  readonly connection: SocketConnection;
  /** For messages. */
  readonly host: string;
  readonly digest: RequestDigest;
  /** Of the upgrade, where it was made for this request. */
  readonly headers: ReplyHeaders;
  /** The connection served before: its end before any answer says nothing of the upstream. */
  readonly isReused: boolean;
  readonly signal: AbortSignal | undefined;
  readonly firstFrameMs: number;
  readonly idleMs: number;
  readonly now: () => number;
  /** The response has ended properly; the connection is free. */
  readonly onDone: (chain: Chain | undefined) => void;
  /** The connection broke or stalled under the response. */
  readonly onBroken: (reason: string) => void;
}

export type Asked =
  | { readonly kind: 'reply'; readonly reply: HttpReply }
  /** Nothing has come of it, and a fresh connection with the whole input may do better. */
  | { readonly kind: 'again' };

/** Errors that a fresh connection mends. */
const OF_THE_CONNECTION: ReadonlySet<string | undefined> = new Set([
  'websocket_connection_limit_reached',
  'previous_response_not_found',
]);
/** codex.md 4.3 */
const MAX_GREETINGS = 16;

/** Sends one request on a free connection, and waits for the first event that is an answer. @throws TransportError */
export function exchange(parts: ExchangeParts, frame: Uint8Array): Promise<Asked> {
  return new Promise((resolve, reject) => {
    if (parts.signal?.aborted === true) {
      parts.connection.terminate();
      return reject(abortError());
    }
    parts.connection.begin(frame, new SocketExchange(parts, resolve, reject));
  });
}

/** One response on the wire: frames of a socket on one side, a `ReplyBody` of server-sent events on the other. */
class SocketExchange implements ConnectionListener, ReplyBody {
  readonly #parts: ExchangeParts;
  readonly #resolve: (asked: Asked) => void;
  readonly #reject: (error: TransportError) => void;
  readonly #onAbort: () => void;
  #state: 'waiting' | 'flowing' | 'done' = 'waiting';
  #early: Buffer[] = [];
  #consumer: BodyConsumer | undefined;
  #failure: TransportError | undefined;
  #isMuted = false;
  #isPaused = false;
  #frames = 0;
  #lastAt: number;
  #timer: NodeJS.Timeout | undefined;
  readonly #output: (readonly [number, unknown])[] = [];

  constructor(parts: ExchangeParts, resolve: (asked: Asked) => void, reject: (error: TransportError) => void) {
    this.#parts = parts;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#lastAt = parts.now();
    this.#onAbort = () => {
      parts.connection.terminate();
      this.#fail(abortError());
    };
    parts.signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#watch(parts.firstFrameMs);
  }

  frame(data: Buffer, isBinary: boolean): void {
    this.#frames++;
    this.#lastAt = this.#parts.now();
    if (isBinary) return this.#break('ERR_WS_BINARY', 'the upstream sent a binary frame');
    const type = typeOfFrame(data);
    if (this.#state === 'waiting') {
      if (type === 'error' && this.#refused(data)) return;
      if (isGreeting(type) && this.#early.length < MAX_GREETINGS) {
        this.#early.push(sseBytes(type, data));
        return;
      }
      this.#answered(200, { ...this.#parts.headers, 'content-type': 'text/event-stream' });
    }
    if (type === 'response.output_item.done') this.#keepItem(data);
    this.#deliver(sseBytes(type, data));
    if (isTerminal(type)) this.#ended(type, data);
  }

  closed(code: number, cause: Error | undefined): void {
    const { isReused, host, onBroken } = this.#parts;
    if (this.#state === 'waiting' && this.#frames === 0 && isReused) {
      this.#settle();
      return this.#resolve({ kind: 'again' });
    }
    if (code === 1009 && this.#state === 'waiting') {
      return this.#answerWhole(413, {}, Buffer.from(JSON.stringify({ error: TOO_BIG })));
    }
    const reason = `the WebSocket was closed (${code}) before the answer ended`;
    onBroken(reason);
    this.#fail(new TransportError('network', `WS_CLOSE_${code}`, `${host}: ${reason}`, cause));
  }

  consume(consumer: BodyConsumer): void {
    this.#consumer = consumer;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) {
      if (this.#isMuted) return;
      consumer.data(chunk);
    }
    if (this.#state !== 'done' || this.#isMuted) return;
    if (this.#failure === undefined) consumer.end();
    else consumer.error(this.#failure);
  }

  pause(): void {
    if (this.#state === 'done') return;
    this.#isPaused = true;
    this.#parts.connection.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#state === 'done') return;
    this.#isPaused = false;
    this.#lastAt = this.#parts.now();
    this.#parts.connection.resume();
  }

  abort(): void {
    this.#isMuted = true;
    if (this.#state === 'done') return;
    this.#settle();
    this.#parts.connection.terminate();
  }

  /** An error before any output is an HTTP answer, so that what follows may fail over; `false`: it belongs to the stream. */
  #refused(data: Buffer): boolean {
    const { code, reply } = readErrorFrame(data);
    const { connection, isReused } = this.#parts;
    if (isReused && OF_THE_CONNECTION.has(code)) {
      this.#settle();
      connection.close();
      this.#resolve({ kind: 'again' });
      return true;
    }
    if (reply === undefined) return false;
    connection.close();
    this.#answerWhole(reply.status, { ...this.#parts.headers, ...reply.headers }, reply.body);
    return true;
  }

  #answered(status: number, headers: ReplyHeaders): void {
    this.#state = 'flowing';
    this.#resolve({ kind: 'reply', reply: { status, headers, body: this } });
  }

  #answerWhole(status: number, headers: ReplyHeaders, body: Buffer): void {
    this.#early = [body];
    this.#answered(status, headers);
    this.#settle();
  }

  #deliver(chunk: Buffer): void {
    if (this.#consumer === undefined) this.#early.push(chunk);
    else if (!this.#isMuted) this.#consumer.data(chunk);
  }

  #keepItem(data: Buffer): void {
    const { item, output_index: index } = readFrame(data) ?? {};
    if (item !== undefined) this.#output.push([typeof index === 'number' ? index : this.#output.length, item]);
  }

  #ended(type: string | undefined, data: Buffer): void {
    // A consumer that gave up on the last event has cut the connection.
    if (this.#state === 'done') return;
    this.#settle();
    if (type === 'error' || type === 'response.failed') {
      this.#parts.connection.close();
    } else {
      this.#parts.onDone(type === 'response.incomplete' ? undefined : this.#chain(data));
    }
    if (!this.#isMuted) this.#consumer?.end();
  }

  #chain(data: Buffer): Chain | undefined {
    const { digest } = this.#parts;
    const response = readFrame(data)?.['response'];
    if (digest.isContinued || !isRecord(response) || typeof response['id'] !== 'string') return undefined;
    const { id, output } = response;
    // The ChatGPT backend leaves the list of the last event empty.
    const items = this.#output.sort(([a], [b]) => a - b).map(([, item]) => item);
    return chainAfter(digest, id, Array.isArray(output) && output.length > 0 ? output : items);
  }

  #break(code: string, reason: string, kind: TransportError['kind'] = 'network'): void {
    this.#parts.connection.terminate();
    this.#parts.onBroken(reason);
    this.#fail(new TransportError(kind, code, `${this.#parts.host}: ${reason}`));
  }

  #fail(error: TransportError): void {
    if (this.#state === 'done') return;
    const wasWaiting = this.#state === 'waiting';
    this.#settle();
    this.#failure = error;
    if (wasWaiting) this.#reject(error);
    else if (!this.#isMuted) this.#consumer?.error(error);
  }

  #settle(): void {
    this.#state = 'done';
    clearTimeout(this.#timer);
    this.#parts.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** One timer per response, not one per frame. */
  #watch(ms: number): void {
    this.#timer = setTimeout(
      () => {
        const limit = this.#frames === 0 ? this.#parts.firstFrameMs : this.#parts.idleMs;
        const left = this.#isPaused ? limit : this.#lastAt + limit - this.#parts.now();
        if (left > 0) return this.#watch(left);
        if (this.#frames === 0) this.#break('WS_FIRST_FRAME_TIMEOUT', 'no answer in time', 'timeout');
        else this.#break('WS_IDLE_TIMEOUT', 'the answer stalled', 'timeout');
      },
      Math.min(ms, this.#parts.idleMs),
    );
  }
}

const TOO_BIG = {
  type: 'invalid_request_error',
  code: 'message_too_big',
  message: 'the request is larger than the upstream takes over its WebSocket',
};

const abortError = (): TransportError => new TransportError('aborted', 'ABORT_ERR', 'the request was aborted');
