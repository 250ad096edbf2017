import type { Context } from 'hono';
import { WebSocket } from 'ws';
import type { ClientDialect } from '../dialects/dialect.js';
import type { Engine } from '../engine/engine.js';
import { ProxyFailure } from '../engine/inbound.js';
import { sessionKeyOf } from '../engine/session-key.js';
import type { Reply } from '../engine/try.js';
import { type FailureFacts, RequestFault } from '../ir/error.js';
import type { JsonObject } from '../ir/json.js';
import type { SnapshotHolder } from '../runtime/snapshot.js';
import { authorise } from './access.js';
import type { ServerEnv } from './env.js';
import { toFailure } from './errors.js';
import { type AnswerReader, openAnswerReader } from './responses-socket-answer.js';
import { type Continued, readFrame, replayable, type Turn, withItems } from './responses-socket-frame.js';
import { openResponsesHistory } from './responses-socket-history.js';
import { answerWarmUp } from './responses-socket-warm-up.js';

export interface SessionParts {
  readonly engine: Engine;
  readonly holder: SnapshotHolder;
  readonly dialect: ClientDialect;
  readonly now: () => number;
  readonly newId: (prefix: string) => string;
  readonly nextRequestId: () => string;
  readonly onRefused: (c: Context<ServerEnv>, failure: FailureFacts, error: unknown) => void;
  /** A request begins to run; what it returns is called at its end. */
  readonly onRunning: () => () => void;
}

/** A client may send its next turn before the answer has ended, but not pile them up. */
const MAX_WAITING = 4;
/** Above this the upstream is paused until the client has taken half of it. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

const CLOSE = { goingAway: 1001, unsupported: 1003, policy: 1008 } as const;

/** One client's socket: turns one after another, and the memory that lets them continue each other. */
export class ResponsesSession {
  readonly #socket: WebSocket;
  readonly #c: Context<ServerEnv>;
  readonly #parts: SessionParts;
  readonly #history = openResponsesHistory();
  readonly #closed = new AbortController();
  readonly #affinity: string;
  readonly #waiting: Buffer[] = [];
  #last: Continued | undefined;
  /** The running answer waits for this when the client is slow. */
  #onDrain: (() => void) | undefined;
  #isRunning = false;
  #isEnding = false;

  /** `c` is the request that opened the socket: its headers speak for all turns. */
  constructor(socket: WebSocket, c: Context<ServerEnv>, parts: SessionParts) {
    this.#socket = socket;
    this.#c = c;
    this.#parts = parts;
    this.#affinity = `socket-${parts.newId('')}`;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.once('close', () => this.#closed.abort());
    // `close` follows, and nobody is left to be told.
    socket.on('error', () => this.#closed.abort());
  }

  /** Lets a running answer finish, then closes. */
  end(): void {
    this.#isEnding = true;
    this.#waiting.length = 0;
    if (!this.#isRunning) this.#socket.close(CLOSE.goingAway, 'the gateway stops');
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) return this.#socket.close(CLOSE.unsupported, 'text frames only');
    if (this.#isEnding) return;
    if (this.#waiting.length >= MAX_WAITING) return this.#socket.close(CLOSE.policy, 'too many turns are waiting');
    this.#waiting.push(data);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const done = this.#parts.onRunning();
    for (let data = this.#waiting.shift(); data !== undefined; data = this.#waiting.shift()) await this.#serve(data);
    this.#isRunning = false;
    done();
    if (this.#isEnding) this.end();
  }

  /** Never throws: a failure is told to the client, and the socket stays. */
  async #serve(data: Buffer): Promise<void> {
    const { holder, nextRequestId, now, onRefused } = this.#parts;
    this.#c.set('requestId', nextRequestId());
    this.#c.set('startedAt', now());
    this.#c.set('snapshot', holder.current);
    try {
      this.#checkAccess();
      await this.#answer(readFrame(data, this.#history, this.#last));
    } catch (error) {
      const failure = toFailure(error);
      onRefused(this.#c, failure, error);
      this.#sendFailure(failure);
    }
  }

  /** A key that was withdrawn must not live on in an open socket. */
  #checkAccess(): void {
    const caller = authorise(this.#c, this.#parts.holder.current.access);
    if ('reason' in caller) throw new ProxyFailure(caller);
    this.#c.set('caller', caller);
  }

  async #answer(turn: Turn): Promise<void> {
    if (!turn.generate) {
      const { responseId, frames } = answerWarmUp(turn.body.toJSON(), turn.model, this.#parts);
      for (const frame of frames) this.#send(JSON.stringify(frame));
      return this.#remember(turn, responseId, []);
    }
    const reader = openAnswerReader({
      send: (text) => this.#send(text),
      sendFailure: (failure, event) => this.#sendFailure(failure, event),
      keepAlive: () => this.#socket.ping(),
    });
    await this.#pass(await this.#ask(turn), reader);
    const answered = reader.answered();
    if (answered === undefined) {
      this.#last = turn;
      return;
    }
    const isStored = turn.body.get('store') === true;
    this.#remember(turn, answered.responseId, replayable(answered.output, isStored));
  }

  #remember({ settings, conversation }: Turn, responseId: string, output: Parameters<typeof withItems>[1]): void {
    this.#last = { settings, conversation: withItems(conversation, output) };
    this.#history.add(responseId, this.#last.conversation);
  }

  #ask({ model, body }: Turn): Promise<Reply> {
    const { engine, dialect } = this.#parts;
    const snapshot = this.#c.get('snapshot');
    if (body.bytes.length > snapshot.maxBodyBytes) throw tooLong(snapshot.maxBodyBytes);
    const headers = this.#c.env.incoming?.headers ?? {};
    return engine.handle({
      id: this.#c.get('requestId'),
      dialect,
      operation: 'generate',
      model,
      stream: true,
      framing: 'json-lines',
      body,
      decode: dialect.decodeRequest,
      plan: snapshot.plan,
      caller: this.#c.get('caller'),
      headers: sessionKeyOf(headers, body) === undefined ? { ...headers, 'x-session-key': this.#affinity } : headers,
      signal: this.#closed.signal,
      startedAt: this.#c.get('startedAt'),
    });
  }

  async #pass({ body }: Reply, reader: AnswerReader): Promise<void> {
    if (body.kind === 'whole') return reader.push(textOf(body.bytes));
    await new Promise<void>((resolve) => {
      body.start({
        write: (chunk) => {
          reader.push(textOf(chunk));
          return this.#socket.bufferedAmount <= MAX_BUFFERED_BYTES;
        },
        end: resolve,
        onDrain: (listener) => {
          this.#onDrain = listener;
        },
      });
    });
    this.#onDrain = undefined;
  }

  #send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text, () => {
      if (this.#socket.bufferedAmount <= MAX_BUFFERED_BYTES / 2) this.#onDrain?.();
    });
  }

  /** An error as Codex CLI reads it; `event` is what the stream itself said. */
  #sendFailure(failure: FailureFacts, event: JsonObject = { type: 'error' }): void {
    const { status, body } = this.#parts.dialect.encodeError(failure);
    const { retryAfterMs } = failure;
    const headers =
      retryAfterMs === undefined ? {} : { headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) } };
    this.#send(JSON.stringify({ ...event, status, error: body['error'], ...headers }));
  }
}

const textOf = (chunk: string | Uint8Array): string =>
  typeof chunk === 'string' ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('utf8');

const tooLong = (maxBytes: number): RequestFault =>
  new RequestFault(
    `the conversation is larger than ${Math.round(maxBytes / 1024 / 1024)} MB; "max-body-mb" in the config sets the limit`,
    undefined,
    { reason: 'too-large', status: 413, code: 'request_too_large' },
  );
