import type { Deframer } from '../framing/deframer.js';
import type { EmbedRequest, Vectors } from '../ir/embedding.js';
import type { FailureFacts } from '../ir/error.js';
import type { EventSink, Finish, ModelEvent, ModelResponse } from '../ir/event.js';
import type { JsonObject, JsonValue } from '../ir/json.js';
import type { KeptMembers } from '../ir/lost.js';
import type { ModelInfo } from '../ir/model.js';
import type { ModelRequest, Reasoning } from '../ir/request.js';
import type { Usage } from '../ir/usage.js';

export type DialectId =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'openai-images'
  | 'anthropic-messages'
  | 'gemini-generate'
  | 'kiro';

/** Families in which a thinking setting out of range is the client's fault rather than ours to clamp. */
export type ReasoningFamily = 'openai' | 'gemini' | 'anthropic';

/** A JSON object body that keeps its bytes. Reads and edits touch one top-level member at a time. */
export interface WireBody {
  /** Current bytes; the original ones until an edit. */
  readonly bytes: Uint8Array;
  /** Of those bytes; absent: JSON. A form is read and edited as if its fields were members. */
  readonly contentType?: string;
  /** Parses that member only, once. */
  get(key: string): JsonValue | undefined;
  /** Current text of that member's value, unparsed; the method is absent where the body is an object already. */
  raw?(key: string): Uint8Array | undefined;
  /** Splices that member; `undefined` removes it. */
  set(key: string, value: JsonValue | undefined): void;
  /** Full parse, cached until an edit. Translation needs it, relay does not. */
  toJSON(): JsonObject;
}

/** One direction of frames. `event` is the SSE event name; `data` is JSON text on one line. */
export type FrameSink = (event: string | undefined, data: string) => void;

export type Operation = 'generate' | 'count-tokens' | 'compact' | 'embed' | 'image' | 'image-edit';

/** Keeps a picture (base64) for a while, and gives the address it can be fetched from; `undefined`: it cannot be kept. */
export type KeepImage = (image: { readonly mediaType: string; readonly data: string }) => string | undefined;

export interface Warning {
  /** JSON path in the client's request. */
  readonly path: string;
  readonly reason: string;
}

/** Everything a client encoder may depend on. */
export interface EncodeContext {
  /** The name to show as the model: what the client asked for, without a thinking suffix. */
  readonly model: string;
  /** The client's decoded request: custom tools, namespaces and `include_usage` are restored from it. */
  readonly request: ModelRequest;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A fresh id with that prefix, such as `newId('chatcmpl-')`. */
  readonly newId: (prefix: string) => string;
  /** Absent: pictures can only be handed out as data. */
  readonly keepImage?: KeepImage;
}

export interface ClientError {
  readonly status: number;
  readonly body: JsonObject;
}

/** Embeddings as clients ask for them. */
export interface ClientEmbedding {
  /** Throws `RequestFault` for what only the client's own dialect could serve. */
  decode(body: JsonObject): EmbedRequest;
  encode(vectors: Vectors, request: EmbedRequest, answer: EmbedAnswer): JsonObject;
}

export interface EmbedAnswer {
  readonly model: string;
  /** Absent: the upstream does not say. */
  readonly inputTokens?: number | undefined;
}

/** Embeddings as upstreams give them. */
export interface UpstreamEmbedding {
  encode(request: EmbedRequest, model: ModelInfo): JsonObject;
  /** `undefined` when the answer is none. */
  decode(body: JsonObject): Vectors | undefined;
  /** How many tokens the texts were, where an answer says so. */
  countOf?(body: JsonObject): number | undefined;
}

/** A dialect as clients speak it: requests in, answers out. */
export interface ClientDialect {
  readonly id: DialectId;
  readonly reasoningFamily: ReasoningFamily;
  /** What `decodeRequest` leaves in `ext` without a loss elsewhere. */
  readonly kept: KeptMembers;
  /** Reads the whole request. Throws `RequestFault` naming the path when it is malformed. */
  decodeRequest(body: JsonObject): ModelRequest;
  readonly embedding?: ClientEmbedding;
  /** Writes a stream; one encoder per answer. */
  openEncoder(context: EncodeContext): StreamEncoder;
  encodeResponse(response: ModelResponse, context: EncodeContext): JsonObject;
  /** A failure before the first byte. */
  encodeError(failure: FailureFacts): ClientError;
  /** A failure after the first byte, for a stream we relay (no encoder state): the frames to append. */
  encodeStreamError(failure: FailureFacts, out: FrameSink): void;
  /** Changes relayed JSON, whole answers and frames alike, that does not stand as the client asked; `undefined`: it passes. */
  editRelayed?(asked: Pick<EncodeContext, 'request' | 'keepImage'>): ((json: string) => string) | undefined;
  /** What to send while nothing happens: an SSE comment, or an event where the dialect has one. */
  readonly keepAlive: string;
}

export interface StreamEncoder {
  /** Takes every event in order, `error` included; writes zero or more frames. */
  write(event: ModelEvent, out: FrameSink): void;
}

/** What an encoder changed in names and shapes, so that the decoder of the answer can undo it. */
export interface Restore {
  /** Tool name on the wire -> the client's name. */
  readonly toolNames?: ReadonlyMap<string, string>;
  /** A forced tool that stands for structured output: its input is the answer's text. */
  readonly outputTool?: string;
  /** Names of tools whose free-form input was wrapped as `{"input": "..."}`. */
  readonly wrappedTools?: ReadonlySet<string>;
  /** How many answers were asked for; absent means one, and what comes split in several belongs together. */
  readonly candidates?: number;
  /** Thinking was asked for in the prompt, and may come back as `<thinking>` within the text. */
  readonly taggedThinking?: true;
  /** The model's window in tokens, where usage comes as a share of it. */
  readonly contextTokens?: number;
  /** The client's dialect takes nothing but the upstream's own terminal event for an end. */
  readonly strictEnd?: true;
}

export interface EncodeRequestContext {
  readonly model: ModelInfo;
  readonly warn: (warning: Warning) => void;
  /** Of the dialect that decoded the request; without it every member left in `ext` counts as lost. */
  readonly kept?: KeptMembers;
  /** A fresh id, for calls that have none. */
  readonly newId: (prefix: string) => string;
}

export interface EncodedRequest {
  readonly body: JsonObject;
  readonly restore: Restore;
}

/** A dialect as upstreams speak it: requests out, answers in. */
export interface UpstreamDialect {
  readonly id: DialectId;
  /** Prints a decoded request of any dialect. Throws `RequestFault` for what must be refused rather than dropped. */
  encodeRequest(request: ModelRequest, context: EncodeRequestContext): EncodedRequest;
  readonly embedding?: UpstreamEmbedding;
  /** Whether the upstream opens a link to media by itself; absent: any. */
  opensLink?(url: string, model: ModelInfo): boolean;
  /** Cuts its streams into frames; absent: they are server-sent events. With one, all its answers are streams. */
  openDeframer?(sink: FrameSink): Deframer;
  openDecoder(restore: Restore): StreamDecoder;
  decodeResponse(body: JsonObject, restore: Restore): ModelResponse;
  /** Reads an error answer (any status, any body, HTML included) or an error object from inside a stream. */
  decodeError(status: number, body: string): FailureFacts;
  /** Watches passing frames of a relayed stream. */
  openTap(): StreamTap;
  /** Usage and finish of a whole relayed answer. */
  tapResponse(body: Uint8Array): ResponseFacts;
  /** Writes thinking settings into a relayed body of this same dialect; `undefined` removes them. */
  editReasoning(body: WireBody, reasoning: Reasoning | undefined, model: ModelInfo): void;
  /** Reads the thinking settings of a relayed body without decoding all of it. */
  readReasoning(body: WireBody): Reasoning | undefined;
  /** Who issues the state of a model's answers, where models of other vendors stand behind this dialect; absent: the dialect. */
  issuerOf?(model: ModelInfo): string;
  /** Takes out of a relayed body what other vendors issued and the client carried; says where it stood. */
  dropForeignState(body: WireBody, model: ModelInfo): readonly Warning[];
  /** Takes out the state that the upstream refused, for one more try; absent or `false`: nothing to mend. */
  dropRefusedState?(failure: FailureFacts, body: WireBody): boolean;
}

export interface StreamDecoder {
  /** One frame. Emits `error` for an error frame and nothing after it. */
  push(event: string | undefined, data: string, emit: EventSink): void;
  /** The upstream ended. Emits `response-end` if a proper end was held back, else `error` (reason `protocol`). */
  end(emit: EventSink): void;
}

export interface ResponseFacts {
  /** The upstream's id of the answer, where a later request may name it. */
  readonly id?: string;
  readonly usage?: Usage;
  readonly finish?: Finish;
}

/**
 * Watches the bytes of a stream that is passed on unchanged. `observe` gets each chunk as it came from the network, cut
 * anywhere; it must be cheap: search for markers, parse only the few frames that hold facts.
 */
export interface StreamTap {
  observe(chunk: Uint8Array): void;
  /** The upstream ended: was there a terminal event? Sets `facts.failure` when there was none. */
  end(): void;
  readonly facts: StreamFacts;
}

/** Facts learned from a stream so far. */
export interface StreamFacts {
  /** The upstream's id of the answer, where a later request may name it. */
  id?: string | undefined;
  usage?: Usage | undefined;
  finish?: Finish | undefined;
  /** An error event, or the missing end of a cut stream. */
  failure?: FailureFacts | undefined;
  /** Something more than a greeting has passed: from here on there is no failover. */
  started: boolean;
  /** The terminal event has passed. */
  ended: boolean;
}
