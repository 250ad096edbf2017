import type { z } from 'zod';
import type { DialectId, Operation, ReasoningFamily, WireBody } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';
import type { ModelInfo, ModelTrait } from '../ir/model.js';
import type { HttpReply, ReplyHeaders } from '../transport/http.js';
import type { QuotaFacts } from './quota.js';

export type { BodyConsumer, HttpReply, ReplyBody, ReplyHeaders } from '../transport/http.js';
export { bodyOf, readBody, TransportError } from '../transport/http.js';
export type { QuotaFacts, QuotaWindow } from './quota.js';

/** Providers whose secrets stand in the config. */
export type EntryProviderId = 'claude' | 'gemini' | 'codex' | 'openai-compatibility' | 'vertex';
export type ProviderId = EntryProviderId | 'copilot' | 'kilo' | 'kiro' | 'antigravity';

/** What a failure means: whose fault it is, what may mend it in place, and where the loop goes if it does not. */
export interface Verdict {
  readonly blame: 'request' | 'credential' | 'credential-model' | 'model' | 'network';
  /** `next-model`: every other credential of this provider would hear the same; other providers of the model may not. */
  readonly next: 'stop' | 'next-credential' | 'next-model';
  /** Absent: the engine's table decides; 0: none. */
  readonly cooldownMs?: number;
}

export interface Endpoint {
  readonly url: string;
  readonly dialect: DialectId;
  /** The upstream answers with a stream whatever the client asked for. */
  readonly alwaysStreams: boolean;
  /** Its embeddings have other bodies than the dialect's: they are translated for clients that speak it, too. */
  readonly embedsOtherwise?: boolean;
  /** The same over WebSocket, where the credential's owner allows it. */
  readonly socketUrl?: string;
}

export interface EndpointQuery {
  readonly model: ModelInfo;
  /** The dialect the client speaks; an endpoint of the same dialect lets bytes pass through. */
  readonly client: string;
  readonly operation: Operation;
  readonly stream: boolean;
}

/** Lower-case header names; `undefined` where the client sent none. */
export type ClientHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Call {
  readonly endpoint: Endpoint;
  readonly body: WireBody;
  readonly model: ModelInfo;
  readonly operation: Operation;
  readonly stream: boolean;
  /** The client's own dialect is the endpoint's: its functional headers travel on. */
  readonly relay: boolean;
  readonly clientHeaders: ClientHeaders;
  readonly sessionKey?: string | undefined;
  /** Whether no other provider serves what was asked for: then waiting is better than moving on. Absent: it is so. */
  readonly isAlone?: () => boolean;
  /** The request as the client sent it, before any translation. */
  readonly asked?: { readonly dialect: string; readonly body: WireBody };
}

export interface UpstreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /**
   * Where an answer takes several requests, or comes wrapped: makes them through `send`, and gives one body. Absent: this
   * one is sent. `signal` ends what is waited for in between: the client is gone.
   */
  readonly converse?: (
    send: (request: UpstreamRequest) => Promise<HttpReply>,
    signal: AbortSignal,
  ) => Promise<HttpReply>;
}

/** A provider with one credential's secret closed over. */
export interface Upstream {
  /** Draws one picture per call, however many are asked for. */
  readonly drawsOne?: boolean;
  /** Answers may come over a WebSocket: what `socketUrl` of its endpoints says, before a model is chosen. */
  readonly hasSocket?: boolean;
  /** Awaited before `endpoint` where it gives a promise: a short-lived token must be there first. Gives why it cannot be had. */
  ready?(): Promise<FailureFacts | undefined> | undefined;
  /** After a 401: forgets short-lived tokens of its own; `true`: the same request may be sent once more. */
  forget?(): boolean;
  /** Why this client may not use this credential; `undefined`: it may. */
  refuse?(client: { readonly dialect: string; readonly headers: ClientHeaders }): FailureFacts | undefined;
  /** What an answer's headers tell of the account's limits. */
  quota?(headers: ReplyHeaders, now: number): QuotaFacts | undefined;
  /** Asks the vendor how much is used. @throws AppError where it cannot be asked, or does not say. */
  askQuota?(): Promise<QuotaFacts>;
  /** An answer was good: the way it was asked works. */
  worked?(model?: ModelInfo): void;
  /** Forgets refusals that it remembers: the owner says that they are over. */
  reset?(): void;
  /** Why this model cannot be had of the account right now, known without asking. `known`: what was last told of its limits. */
  spent?(model: ModelInfo, now: number, known: QuotaFacts | undefined): FailureFacts | undefined;
  /** What the types of events begin with that this client would not understand, in relayed streams; `undefined`: none do. */
  hides?(client: { readonly dialect: string; readonly headers: ClientHeaders }): string | undefined;
  /** Whether the vendor's own client needs this response header; asked with lower-case names, for relayed answers. */
  passes?(header: string): boolean;
  /** Reads what the headers of an error answer add to it: when to try again, and whose limit it is. */
  explain?(failure: FailureFacts, headers: ReplyHeaders, now: number, model?: ModelInfo): FailureFacts;
  /** After a refusal that another endpoint or kind of token may mend; `true`: `ready` and `endpoint` give it now, for one more try. */
  reroute?(failure: FailureFacts, call: { readonly endpoint: Endpoint; readonly model: ModelInfo }): boolean;
  /** Where this model is served; `undefined` when the operation is not offered. */
  endpoint(query: EndpointQuery): Endpoint | undefined;
  /** Final URL, headers and body edits: the last hand to touch a request, and the only one that sees the secret. */
  prepare(call: Call): UpstreamRequest;
  /** Changes a body that was refused for a reason that can be mended, for one more try; `false`: nothing to mend. */
  repair?(failure: FailureFacts, body: WireBody): boolean;
  /** Only what is special here; `undefined` falls back to the engine's table. */
  classify?(failure: FailureFacts): Verdict | undefined;
}

export interface Provider {
  readonly id: ProviderId;
  readonly title: string;
  readonly reasoningFamily: ReasoningFamily;
  /** What is true of every model there, whatever its list says. */
  readonly traits?: readonly ModelTrait[];
  /** @throws when the secret does not have the provider's shape. */
  bind(secret: unknown): Upstream;
}

/** Erases the secret's type, so that a registry holds mixed providers without a cast. */
export function defineProvider<S extends z.ZodType>(spec: {
  readonly id: ProviderId;
  readonly title: string;
  readonly reasoningFamily: ReasoningFamily;
  readonly traits?: readonly ModelTrait[];
  readonly secret: S;
  readonly open: (secret: z.output<S>) => Upstream;
}): Provider {
  const { id, title, reasoningFamily, traits = [] } = spec;
  return { id, title, reasoningFamily, traits, bind: (secret) => spec.open(spec.secret.parse(secret)) };
}
