import type { FailureFacts } from './error.js';
import type { JsonObject } from './json.js';
import type { Opaque } from './opaque.js';
import type { Citation, Extensions, Part } from './request.js';
import type { Usage } from './usage.js';

export interface Finish {
  readonly reason: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'refusal' | 'pause' | 'error' | 'other';
  /** The vendor's own word. */
  readonly raw?: string;
  /** The stop sequence that ended the answer, where the vendor says. */
  readonly stopSequence?: string;
}

/**
 * One step of a streamed answer. Grammar (checked by `order.ts`): one `response-start`; blocks each
 * `start delta* end` with a fresh index, which may interleave; any number of `usage` and `image-draft`; then one `response-end` or one
 * `error`, and nothing after.
 */
export type ModelEvent =
  | { readonly type: 'response-start'; readonly id?: string; readonly model?: string; readonly ext?: Extensions }
  | { readonly type: 'text-start'; readonly index: number; readonly refusal?: true; readonly ext?: Extensions }
  | { readonly type: 'text-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'citation'; readonly index: number; readonly citation: Citation }
  | { readonly type: 'text-end'; readonly index: number; readonly opaque?: Opaque; readonly ext?: Extensions }
  | { readonly type: 'reasoning-start'; readonly index: number; readonly redacted?: true; readonly ext?: Extensions }
  | { readonly type: 'reasoning-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'reasoning-end'; readonly index: number; readonly opaque?: Opaque; readonly ext?: Extensions }
  | {
      readonly type: 'tool-call-start';
      readonly index: number;
      readonly id: string;
      readonly name: string;
      readonly custom?: true;
      readonly opaque?: Opaque;
      readonly ext?: Extensions;
    }
  /** JSON text of a function's input in fragments, or raw text of a custom tool's. */
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly json: string }
  | { readonly type: 'tool-call-end'; readonly index: number }
  /** A part that arrives whole: an image, a search, a native block. */
  | { readonly type: 'part'; readonly index: number; readonly part: Part }
  /** A picture on its way to the one that will come as a part; base64. Says nothing to most dialects. */
  | { readonly type: 'image-draft'; readonly mediaType: string; readonly data: string }
  /** Cumulative; the last one wins. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** `alternatives`: further answers when the client asked for several; they come whole, only the first one streams. */
  | {
      readonly type: 'response-end';
      readonly finish: Finish;
      readonly ext?: Extensions;
      readonly alternatives?: ModelResponse['alternatives'];
    }
  | { readonly type: 'error'; readonly error: FailureFacts };

export type EventSink = (event: ModelEvent) => void;

/** A whole answer. */
export interface ModelResponse {
  readonly id?: string;
  readonly model?: string;
  readonly content: readonly Part[];
  readonly finish: Finish;
  readonly usage?: Usage;
  readonly ext?: Extensions;
  /** Further answers when the client asked for several (`n`, `candidateCount`). */
  readonly alternatives?: readonly {
    readonly content: readonly Part[];
    readonly finish: Finish;
    readonly ext?: JsonObject;
  }[];
}
