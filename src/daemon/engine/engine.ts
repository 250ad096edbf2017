import type { Clock } from '../../shared/clock.js';
import type { ClientDialect, KeepImage, Operation, UpstreamDialect, Warning } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';
import type { JsonObject } from '../ir/json.js';
import type { ModelRequest } from '../ir/request.js';
import type { Plan } from '../pool/plan.js';
import type { Lease } from '../pool/pool.js';
import type { ClientHeaders } from '../providers/provider.js';
import type { HttpClient } from '../transport/http.js';
import type { PublicFetch } from '../transport/public-fetch.js';

import type { ClientFraming } from './client-framing.js';
import { conduct } from './conduct.js';
import { unknownModel } from './failures.js';
import { type Caller, type Inbound, ProxyFailure } from './inbound.js';
import { openMediaLinks } from './media.js';
import { openReplay } from './replay.js';
import { sessionOf } from './session-key.js';
import { openPins, type Pins } from './thread.js';
import { openTicker, type Ticker } from './ticker.js';
import { endTrace, openTrace, type RequestTrace, type RequestTraces } from './trace.js';
import type { Outcome, Reply } from './try.js';
import type { ForkableBody } from './wire-body.js';

/** A client's request as the edge read it. */
export interface ClientRequest {
  readonly id: string;
  readonly dialect: ClientDialect;
  readonly operation: Operation;
  readonly model: string;
  readonly stream: boolean;
  readonly framing: ClientFraming;
  readonly body: ForkableBody;
  /** Reads the body into the IR; a count-tokens body has its own reader. */
  decode(body: JsonObject): ModelRequest;
  readonly plan: Plan;
  readonly caller: Caller;
  readonly headers: ClientHeaders;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  /** Keeps pictures that the client wants as links. */
  readonly keepImage?: KeepImage;
}

export interface EngineEvents {
  onEnd(inbound: Inbound, outcome: Outcome): void;
  onFailedAttempt(inbound: Inbound, lease: Lease, failure: FailureFacts): void;
  onWarning(inbound: Inbound, warning: Warning): void;
  /** An error of ours that the edge does not get to see. */
  onDefect(inbound: Inbound, error: unknown): void;
}

export interface Engine {
  /** @throws ProxyFailure, or RequestFault for what the client did wrong. */
  handle(request: ClientRequest): Promise<Reply>;
}

export interface EngineParts {
  readonly http: HttpClient;
  /** For media that clients link to and an upstream cannot open. */
  readonly fetchPublic: PublicFetch;
  readonly dialects: Readonly<Record<string, UpstreamDialect>>;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  readonly events: EngineEvents;
  readonly traces: RequestTraces;
  /** Absent: one of its own. */
  readonly ticker?: Ticker;
}

/** The one door to everything behind the edge. */
export function createEngine(engineParts: EngineParts): Engine {
  const { http, fetchPublic, dialects, clock, newId, events, traces, ticker = openTicker() } = engineParts;
  const onEnd: EngineEvents['onEnd'] = (inbound, outcome) => {
    endTrace(inbound.trace, outcome.failure, clock.now());
    events.onEnd(inbound, outcome);
  };
  const kept = { replay: openReplay(clock.now), pins: openPins(clock.now) };
  const parts = { http, dialects, clock, newId, now: clock.now, ticker, onEnd, onDefect: events.onDefect, ...kept };
  return {
    handle(request) {
      const trace = openTrace(request);
      traces.add(trace);
      return conduct(resolve(request, trace, fetchPublic, kept.pins, events), parts);
    },
  };
}

function resolve(
  request: ClientRequest,
  trace: RequestTrace,
  fetchPublic: PublicFetch,
  pins: Pins,
  events: EngineEvents,
): Inbound {
  const { plan, body, headers, model } = request;
  const { modelName, suffix, route } = plan.resolve(model);
  if (route === undefined) {
    const failure = unknownModel(modelName);
    endTrace(trace, failure, request.startedAt);
    throw new ProxyFailure(failure);
  }
  const thread = pins.threadOf({ keyId: request.caller.keyId, body, headers });
  const named = thread?.pin?.session ?? sessionOf(headers, body);
  // What lies with an upstream can only be found again under a name.
  const session = named ?? (thread === undefined ? undefined : { id: `thread-${request.id}` });
  let decoded: ModelRequest | undefined;
  // Written out: spreading the request costs as much as all else here together.
  const inbound: Inbound = {
    id: request.id,
    dialect: request.dialect,
    operation: request.operation,
    stream: request.stream,
    framing: request.framing,
    body,
    plan,
    caller: request.caller,
    headers,
    signal: request.signal,
    startedAt: request.startedAt,
    requestedModel: model,
    modelName,
    suffix,
    route,
    sessionKey: session?.id,
    session,
    thread,
    trace,
    decoded: () => {
      decoded ??= request.decode(body.toJSON());
      return decoded;
    },
    media: openMediaLinks(fetchPublic, request.signal),
    keepImage: request.keepImage,
    warn: (warning) => events.onWarning(inbound, warning),
    onFailedAttempt: (lease, failure) => events.onFailedAttempt(inbound, lease, failure),
  };
  return inbound;
}
