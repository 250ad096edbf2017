import type { z } from 'zod';
import type { DialectId, Operation, ReasoningFamily, WireBody } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';
import type { ModelInfo } from '../ir/model.js';

export type ProviderId = 'claude' | 'gemini' | 'codex' | 'openai-compatibility';

/** What a failure means: whose fault it is, what may mend it in place, and where the loop goes if it does not. */
export interface Verdict {
  readonly blame: 'request' | 'credential' | 'credential-model' | 'model' | 'network';
  readonly next: 'stop' | 'next-credential' | 'next-model';
  /** Absent: the engine's table decides; 0: none. */
  readonly cooldownMs?: number;
}

export interface Endpoint {
  readonly url: string;
  readonly dialect: DialectId;
  /** The upstream answers with a stream whatever the client asked for. */
  readonly alwaysStreams: boolean;
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
}

export interface UpstreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A provider with one credential's secret closed over. */
export interface Upstream {
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
  /** @throws when the secret does not have the provider's shape. */
  bind(secret: unknown): Upstream;
}

/** Erases the secret's type, so that a registry holds mixed providers without a cast. */
export function defineProvider<S extends z.ZodType>(spec: {
  readonly id: ProviderId;
  readonly title: string;
  readonly reasoningFamily: ReasoningFamily;
  readonly secret: S;
  readonly open: (secret: z.output<S>) => Upstream;
}): Provider {
  const { id, title, reasoningFamily } = spec;
  return { id, title, reasoningFamily, bind: (secret) => spec.open(spec.secret.parse(secret)) };
}
