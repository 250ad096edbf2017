import type { ImageOptions } from './image.js';
import type { JsonObject, JsonValue } from './json.js';
import type { Opaque } from './opaque.js';

/**
 * Fields with no common meaning, kept under the dialect that spoke them; only that dialect reads them back.
 * Keys starting with `$` are hints about the original shape (`$content: 'string'`), not wire fields.
 */
export type Extensions = Readonly<Record<string, JsonObject>>;

export interface Carried {
  /** A prompt-cache breakpoint after this value. */
  readonly cache?: { readonly ttlSeconds?: number };
  readonly ext?: Extensions;
}

export type MediaSource =
  | { readonly kind: 'base64'; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  /** `origin` is the dialect whose provider issued the id. */
  | { readonly kind: 'file'; readonly id: string; readonly origin: string };

export interface Citation {
  readonly url: string;
  readonly title?: string;
  readonly quote?: string;
  /** Character offsets (UTF-16 units) in the text they belong to. */
  readonly start?: number;
  readonly end?: number;
  readonly ext?: Extensions;
}

export type TextPart = Carried & {
  readonly type: 'text';
  readonly text: string;
  readonly refusal?: true;
  readonly citations?: readonly Citation[];
  readonly opaque?: Opaque;
};
export type MediaPart = Carried & {
  readonly type: 'media';
  /** Lower-case MIME type; absent when the client did not say and it has not been sniffed. */
  readonly mediaType?: string;
  readonly filename?: string;
  /** How closely an image is to be looked at: OpenAI's `low`, `high`, `auto`, `original`. */
  readonly detail?: string;
  readonly source: MediaSource;
  readonly opaque?: Opaque;
};
/** `redacted`: the vendor hid the text; only `opaque` has content. */
export type ReasoningPart = Carried & {
  readonly type: 'reasoning';
  readonly text: string;
  readonly redacted?: true;
  readonly opaque?: Opaque;
};
/** `input` stays text: JSON for functions, free text for `custom` tools. Empty input is `''`. */
export type ToolCallPart = Carried & {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly custom?: true;
  readonly opaque?: Opaque;
};
export type ToolResultPart = Carried & {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly content: readonly Part[];
  readonly isError?: boolean;
  readonly custom?: true;
};
/** A web search that the provider ran by itself. */
export type SearchPart = Carried & {
  readonly type: 'search';
  readonly id: string;
  readonly queries: readonly string[];
  readonly results: readonly { readonly url: string; readonly title?: string; readonly opaque?: Opaque }[];
};
/** A block only one dialect has. Survives a round trip in that dialect, is dropped with a warning elsewhere. */
export type NativePart = Carried & { readonly type: 'native'; readonly dialect: string; readonly value: JsonObject };

export type Part = TextPart | MediaPart | ReasoningPart | ToolCallPart | ToolResultPart | SearchPart | NativePart;

/**
 * One message. `system` may stand anywhere (the first ones are the system prompt); an encoder whose dialect has one
 * system field hoists it. Tool results stand only in `tool` messages: a decoder splits a mixed user turn into a `tool`
 * and a `user` message, in the original order, and an encoder whose dialect wants one turn joins them again.
 */
export interface Message extends Carried {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: readonly Part[];
}

export type FunctionTool = Carried & {
  readonly kind: 'function';
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the input; absent when the client declared none. */
  readonly schema?: JsonObject;
  readonly strict?: boolean;
};
/** Free-form text input; `format` is OpenAI's grammar or text description of it. */
export type CustomTool = Carried & {
  readonly kind: 'custom';
  readonly name: string;
  readonly description?: string;
  readonly format?: JsonObject;
};
/** Run by the provider. `ext[dialect]` holds the whole declaration as that dialect spelled it. */
export type HostedTool = Carried & {
  readonly kind: 'hosted';
  readonly capability: 'web-search' | 'url-context' | 'code' | 'image' | (string & {});
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  readonly maxUses?: number;
};
export type Tool = FunctionTool | CustomTool | HostedTool;

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required'; readonly allowed?: readonly string[] }
  | { readonly mode: 'named'; readonly name: string };

export type ReasoningEffort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** How much to think. `mode` is absent when the client only spoke about visibility. */
export interface Reasoning {
  readonly mode?: 'off' | 'auto' | 'effort' | 'budget';
  readonly effort?: ReasoningEffort;
  readonly budgetTokens?: number;
  /** Whether thinking is shown: `none` hides it, `auto`, `concise` and `detailed` show a summary or the text. */
  readonly summary?: 'none' | 'auto' | 'concise' | 'detailed';
}

export type OutputFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema';
      readonly name?: string;
      readonly description?: string;
      readonly schema: JsonObject;
      readonly strict?: boolean;
    };

export interface Sampling {
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  /** Number of answers wanted (OpenAI `n`, Gemini `candidateCount`). */
  readonly candidates?: number;
  readonly logprobs?: boolean;
  readonly topLogprobs?: number;
}

export interface ModelRequest {
  /** The dialect that decoded this request. */
  readonly dialect: string;
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly output?: OutputFormat;
  readonly sampling: Sampling;
  readonly reasoning?: Reasoning;
  /** OpenAI `prompt_cache_key`. */
  readonly cacheKey?: string;
  /** Stable end-user id (OpenAI `user`/`safety_identifier`, Anthropic `metadata.user_id`). */
  readonly userId?: string;
  readonly serviceTier?: string;
  /** Pictures are wanted, and nothing else. */
  readonly image?: ImageOptions;
  readonly metadata?: Readonly<Record<string, JsonValue | undefined>>;
  readonly stream: boolean;
  readonly ext?: Extensions;
}
