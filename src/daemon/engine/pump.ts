import type { FailureFacts } from '../ir/error.js';
import type { BodyConsumer, ReplyBody, TransportError } from '../transport/http.js';
import type { Chunk, Converter } from './converter.js';
import { transportFailure } from './failures.js';
import type { Ticker } from './ticker.js';

/** Where a stream goes: node's response, or a web stream elsewhere. */
export interface ClientSink {
  /** `false`: full, write no more until `onDrain` is called. */
  write(chunk: Chunk): boolean;
  end(): void;
  /** What is written until the end of this turn leaves together; absent: it does anyway, or cannot. */
  hold?(): void;
  onDrain(listener: () => void): void;
}

/** What a stream came to. `failure` absent: a proper end. */
export interface StreamEnd {
  readonly failure: FailureFacts | undefined;
}

export interface PumpParts {
  readonly body: ReplyBody;
  readonly converter: Converter;
  readonly keepAlive: string;
  /** 0 = off. */
  readonly keepAliveMs: number;
  readonly ticker: Ticker;
  /** Longest wait for the first byte of the body; 0 = off. */
  readonly firstByteTimeoutMs: number;
  readonly now: () => number;
  /** Something worth showing has come: no failover from here on. */
  readonly onCommit: () => void;
  /** It failed before that. */
  readonly onReject: (failure: FailureFacts) => void;
  /** It ended after the commit point, one way or another; called once. */
  readonly onEnd: (end: StreamEnd) => void;
}

/**
 * Moves one upstream stream to one client. Until the commit point the output is held back and a failure goes to
 * `onReject`; afterwards every chunk is converted and written in one call, and a full client pauses the upstream.
 */
export class StreamPump implements BodyConsumer {
  readonly #parts: PumpParts;
  #held: Chunk[] = [];
  #sink: ClientSink | undefined;
  #state: 'waiting' | 'committed' | 'ended' | 'closed' = 'waiting';
  #failure: FailureFacts | undefined;
  #wroteSinceTick = false;
  #ticksQuiet = 0;
  #stopTicking: (() => void) | undefined;

  constructor(parts: PumpParts) {
    this.#parts = parts;
    const { firstByteTimeoutMs, now, ticker } = parts;
    if (firstByteTimeoutMs === 0) return;
    const deadline = now() + firstByteTimeoutMs;
    this.#stopTicking = ticker.add(() => {
      if (now() >= deadline) this.#tooLate();
    });
  }

  /** The client is ready to receive; call once, after `onCommit`. */
  start(sink: ClientSink): void {
    this.#sink = sink;
    const held = this.#held;
    this.#held = [];
    let isFull = false;
    for (const chunk of held) isFull = !sink.write(chunk);
    if (this.#state === 'ended') return this.#close();
    sink.onDrain(() => this.#parts.body.resume());
    if (isFull) this.#parts.body.pause();
    const { keepAliveMs, ticker } = this.#parts;
    if (keepAliveMs > 0) this.#stopTicking = ticker.add(() => this.#tick(sink));
  }

  data(chunk: Buffer): void {
    if (this.#state === 'ended' || this.#state === 'closed') return;
    if (this.#state === 'waiting') this.#stopDeadline();
    let out: Chunk;
    const { converter, body } = this.#parts;
    try {
      out = converter.push(chunk);
    } catch (cause) {
      body.abort();
      return this.#broken({
        reason: 'protocol',
        message: cause instanceof Error ? cause.message : 'the stream is malformed',
      });
    }
    if (this.#state === 'committed') {
      // The upstream's end nearly always comes with its last words: both leave in one packet.
      if (converter.facts.ended) this.#sink?.hold?.();
      this.#write(out);
      // The converter has already told the client; what may still come is not an answer.
      if (converter.facts.failure !== undefined) this.#abortFailed(converter.facts.failure);
      return;
    }
    if (out.length > 0) this.#held.push(out);
    if (converter.facts.failure !== undefined) {
      body.abort();
      this.#reject(converter.facts.failure);
    } else if (converter.facts.started) {
      this.#state = 'committed';
      this.#parts.onCommit();
    }
  }

  end(): void {
    if (this.#state === 'ended' || this.#state === 'closed') return;
    const { converter } = this.#parts;
    const out = converter.end();
    const { failure, started } = converter.facts;
    if (this.#state === 'waiting') {
      this.#stopDeadline();
      if (failure !== undefined || !started) return this.#reject(failure ?? EMPTY_STREAM);
      this.#held.push(out);
      this.#finish(undefined);
      this.#parts.onCommit();
      return;
    }
    this.#write(out);
    this.#finish(failure);
  }

  error(error: TransportError): void {
    this.#broken(transportFailure(error));
  }

  #broken(failure: FailureFacts): void {
    if (this.#state === 'ended' || this.#state === 'closed') return;
    if (this.#state === 'waiting') return this.#reject(failure);
    if (failure.reason !== 'aborted') this.#write(this.#parts.converter.fail(failure));
    this.#finish(failure);
  }

  #abortFailed(failure: FailureFacts): void {
    this.#parts.body.abort();
    this.#finish(failure);
  }

  #write(out: Chunk): void {
    if (out.length === 0) return;
    if (this.#sink === undefined) {
      this.#held.push(out);
      return;
    }
    this.#wroteSinceTick = true;
    if (!this.#sink.write(out)) this.#parts.body.pause();
  }

  #stopDeadline(): void {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #tooLate(): void {
    const { body, firstByteTimeoutMs } = this.#parts;
    body.abort();
    this.#broken({
      reason: 'timeout',
      code: 'first_byte_timeout',
      message: `the upstream sent nothing for ${firstByteTimeoutMs / 1000} s`,
    });
  }

  #reject(failure: FailureFacts): void {
    this.#stopDeadline();
    this.#state = 'closed';
    this.#held = [];
    this.#parts.onReject(failure);
  }

  #finish(failure: FailureFacts | undefined): void {
    this.#state = 'ended';
    this.#failure = failure;
    if (this.#sink !== undefined) this.#close();
  }

  #close(): void {
    this.#state = 'closed';
    this.#stopTicking?.();
    this.#sink?.end();
    this.#parts.onEnd({ failure: this.#failure });
  }

  #tick(sink: ClientSink): void {
    this.#ticksQuiet = this.#wroteSinceTick ? 0 : this.#ticksQuiet + 1;
    this.#wroteSinceTick = false;
    if (this.#ticksQuiet * 1000 < this.#parts.keepAliveMs) return;
    this.#ticksQuiet = 0;
    sink.write(this.#parts.keepAlive);
  }
}

const EMPTY_STREAM: FailureFacts = {
  reason: 'protocol',
  status: 502,
  code: 'empty_stream',
  message: 'the upstream closed the stream without an answer',
};
