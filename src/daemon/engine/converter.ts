import type { StreamFacts } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';

export type Chunk = string | Uint8Array;

/** Turns the upstream's stream into the client's, chunk by chunk and synchronously. */
export interface Converter {
  /** What the client gets for one upstream chunk; empty when the chunk held nothing to show yet. */
  push(chunk: Buffer): Chunk;
  /** The upstream ended; a missing terminal event becomes `facts.failure` and an error for the client. */
  end(): Chunk;
  /** The connection broke: the client's error frames. */
  fail(failure: FailureFacts): Chunk;
  readonly facts: StreamFacts;
}

export const newStreamFacts = (): StreamFacts => ({ started: false, ended: false });
