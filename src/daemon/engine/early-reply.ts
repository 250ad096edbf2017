import type { FailureFacts } from '../ir/error.js';
import { openFramePrinter } from './client-framing.js';
import { isImageOperation } from './image-answer.js';
import { failureOf, INTERNAL, type Inbound } from './inbound.js';
import type { ClientSink } from './pump.js';
import type { AttemptParts, Reply } from './try.js';

/** What a waiting client gets, and how often. */
export interface KeepAlive {
  readonly text: string;
  readonly everyMs: number;
}

/** What keeps this client's connection alive before there is an answer; `undefined`: nothing is to be sent. */
export function keepAliveOf({ stream, framing, operation, dialect, plan }: Inbound): KeepAlive | undefined {
  const { keepAliveMs, wholeKeepAliveMs } = plan.policy;
  if (!stream) {
    const isLong = operation === 'generate' || operation === 'compact' || isImageOperation(operation);
    // White space before a JSON value is part of it.
    return isLong && wholeKeepAliveMs > 0 ? { text: '\n', everyMs: wholeKeepAliveMs } : undefined;
  }
  // A transport with frames of its own keeps itself alive, and tells a failure with its status.
  if (keepAliveMs <= 0 || framing === 'json-lines') return undefined;
  return { text: framing === 'sse' ? dialect.keepAlive : '\n', everyMs: keepAliveMs };
}

/**
 * The reply when it comes soon; else one that has begun: headers and keep-alives now, the answer when it is there. From then on
 * a failure is told inside, in the client's dialect; failover behind it goes on as before.
 */
export function replyEarly(
  inbound: Inbound,
  parts: AttemptParts,
  keepAlive: KeepAlive,
  pending: Promise<Reply>,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const early = new EarlyReply(inbound, parts, keepAlive, resolve);
    pending.then(
      (reply) => {
        if (early.finish(reply)) return;
        resolve(reply);
      },
      (error: unknown) => {
        if (!early.isCommitted) {
          early.stop();
          reject(error);
          return;
        }
        const failure = failureOf(error);
        if (failure === INTERNAL) parts.onDefect(inbound, error);
        // Before anything is written: whoever hears of the end may already ask what became of the request.
        parts.onEnd(inbound, { lease: undefined, upstreamDialect: undefined, usage: undefined, failure });
        early.finish({ status: 200, headers: {}, body: { kind: 'whole', bytes: early.print(failure) } });
      },
    );
  });
}

class EarlyReply {
  isCommitted = false;
  readonly #inbound: Inbound;
  readonly #parts: AttemptParts;
  readonly #keepAlive: KeepAlive;
  readonly #commit: (reply: Reply) => void;
  readonly #stopTicking: () => void;
  #sentAt: number;
  #sink: ClientSink | undefined;
  #answer: Reply | undefined;

  constructor(inbound: Inbound, parts: AttemptParts, keepAlive: KeepAlive, commit: (reply: Reply) => void) {
    this.#inbound = inbound;
    this.#parts = parts;
    this.#keepAlive = keepAlive;
    this.#commit = commit;
    this.#sentAt = parts.now();
    this.#stopTicking = parts.ticker.add(() => this.#tick());
  }

  stop(): void {
    this.#stopTicking();
  }

  /** Passes the answer on to a client that has had keep-alives; `false`: it has not, and gets the reply itself. */
  finish(reply: Reply): boolean {
    this.#stopTicking();
    if (!this.isCommitted) return false;
    this.#answer = reply;
    this.#deliver();
    return true;
  }

  /** In the dialect's stream form, or as the whole answer. */
  print(failure: FailureFacts): string {
    const { dialect, stream, framing } = this.#inbound;
    if (!stream) return JSON.stringify(dialect.encodeError(failure).body);
    const printer = openFramePrinter(framing);
    let text = '';
    dialect.encodeStreamError(failure, (event, data) => {
      text += printer.frame(event, data);
    });
    return text + printer.close();
  }

  #tick(): void {
    const now = this.#parts.now();
    if (now - this.#sentAt < this.#keepAlive.everyMs) return;
    this.#sentAt = now;
    if (this.isCommitted) {
      this.#sink?.write(this.#keepAlive.text);
      return;
    }
    this.isCommitted = true;
    this.#inbound.trace.startedEarly = true;
    this.#commit({
      status: 200,
      headers: this.#headers(),
      body: { kind: 'stream', start: (sink) => this.#start(sink) },
    });
  }

  #start(sink: ClientSink): void {
    this.#sink = sink;
    sink.write(this.#keepAlive.text);
    this.#deliver();
  }

  #deliver(): void {
    const { body } = this.#answer ?? {};
    if (body === undefined || this.#sink === undefined) return;
    if (body.kind === 'stream') return body.start(this.#sink);
    this.#sink.write(body.bytes);
    this.#sink.end();
  }

  #headers(): Record<string, string> {
    if (!this.#inbound.stream) return { 'content-type': 'application/json; charset=utf-8' };
    const { contentType } = openFramePrinter(this.#inbound.framing);
    return { 'content-type': contentType, 'cache-control': 'no-cache', 'x-accel-buffering': 'no' };
  }
}
