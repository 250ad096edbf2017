import type { IncomingHttpHeaders } from 'node:http';

/** What an upstream saw of a request. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed; the text itself when it is no JSON; undefined when there was none. */
  readonly body: unknown;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** When the client closed before the answer ended; undefined when it did not. */
  readonly abortedAt: number | undefined;
  /** Resolves when the exchange is over, for whatever reason, with the time of that. */
  readonly closed: Promise<number>;
}

export interface OpenRecord extends RecordedRequest {
  body: unknown;
  abortedAt: number | undefined;
}
