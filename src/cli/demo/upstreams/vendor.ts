import type { IncomingHttpHeaders } from 'node:http';
import type { PromptCache } from './prompt-cache.js';

/** The wire formats that can be simulated; named like the gateway's dialects. */
export type UpstreamKind = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini-generate';

/** Failures every vendor has, each with its own status and body. */
export type ErrorName =
  | 'unauthorized'
  | 'forbidden'
  | 'billing'
  | 'model-missing'
  | 'too-large'
  | 'rate-limit'
  | 'server'
  | 'overloaded'
  | 'invalid'
  | 'context-length';

export interface ErrorOptions {
  /** In place of the vendor's usual words. */
  readonly message?: string;
  /** Of a rate limit; 60 unless told, which is more than a gateway should wait for. */
  readonly retryAfterSeconds?: number;
  /** The model the error names. */
  readonly model?: string;
}

export interface WireReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is printed as JSON. */
  readonly body: unknown;
}

/** Thrown while a request is checked; carries what the vendor would answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: WireReply;

  constructor(reply: WireReply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

export interface VendorRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body; undefined when there is none, or it is no JSON. */
  readonly body: unknown;
}

/** One piece of a stream, complete with its framing. */
export interface Frame {
  readonly text: string;
  /** Carries a piece of the answer, so that the pace of the stream applies. */
  readonly isDelta: boolean;
}

export type Outcome =
  | { readonly type: 'reply'; readonly reply: WireReply; readonly delayMs?: number }
  | {
      readonly type: 'stream';
      readonly headers: Readonly<Record<string, string>>;
      readonly frames: Iterable<Frame>;
      /** Wait before each delta; absent means the upstream's own pace. */
      readonly deltaMs?: number;
    };

/** What one simulated upstream remembers and serves. */
export interface Session {
  readonly kind: UpstreamKind;
  readonly models: readonly string[];
  /** Absent: any key is good, but there must be one. */
  readonly apiKey: string | undefined;
  readonly isStrict: boolean;
  readonly cache: PromptCache;
  /** Conversations the vendor was asked to store, by response id. */
  readonly stored: Map<string, readonly unknown[]>;
  readonly now: () => number;
  /** A fresh id such as `msg_01AbC...`, unique in this process. */
  readonly newId: (prefix: string, length?: number) => string;
}

/** One wire format, as its vendor serves it. */
export interface Vendor {
  readonly defaultModel: string;
  /** What a config's base-url has after the origin. */
  readonly basePath: string;
  /** Answers, or throws a `Refusal`. */
  handle(request: VendorRequest, session: Session): Outcome;
  error(name: ErrorName, options: ErrorOptions): WireReply;
  /** The start of a streamed answer with this text, without its end. */
  openStream(text: string): readonly string[];
  /** What the vendor writes into a stream that fails; follows `openStream`. */
  streamError(): string;
}
