import type { Clock } from '../../shared/clock.js';
import type { ClientDialect, Operation, UpstreamDialect, Warning } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';
import type { JsonObject } from '../ir/json.js';
import type { ModelRequest } from '../ir/request.js';
import { parseModelName } from '../models/reasoning.js';
import type { Plan } from '../pool/plan.js';
import type { Lease } from '../pool/pool.js';
import type { ClientHeaders } from '../providers/provider.js';
import type { HttpClient } from '../transport/http.js';

import type { ClientFraming } from './client-framing.js';
import { conduct } from './conduct.js';
import { unknownModel } from './failures.js';
import { type Caller, type Inbound, ProxyFailure } from './inbound.js';
import { sessionKeyOf } from './session-key.js';
import { openTicker } from './ticker.js';
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
}

export interface EngineEvents {
  onEnd(inbound: Inbound, outcome: Outcome): void;
  onFailedAttempt(inbound: Inbound, lease: Lease, failure: FailureFacts): void;
  onWarning(inbound: Inbound, warning: Warning): void;
}

export interface Engine {
  /** @throws ProxyFailure, or RequestFault for what the client did wrong. */
  handle(request: ClientRequest): Promise<Reply>;
}

export interface EngineParts {
  readonly http: HttpClient;
  readonly dialects: Readonly<Record<string, UpstreamDialect>>;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  readonly events: EngineEvents;
}

/** The one door to everything behind the edge. */
export function createEngine({ http, dialects, clock, newId, events }: EngineParts): Engine {
  const parts = { http, dialects, clock, newId, now: clock.now, ticker: openTicker(), onEnd: events.onEnd };
  return {
    handle: (request) => conduct(resolve(request, events), parts),
  };
}

function resolve(request: ClientRequest, events: EngineEvents): Inbound {
  const { plan, body, headers, model } = request;
  const { base, suffix } = parseModelName(model);
  const wanted = base === 'auto' ? plan.autoModel : base;
  const route = (wanted === undefined ? undefined : plan.findRoute(wanted)) ?? plan.findRoute(model);
  if (route === undefined) throw new ProxyFailure(unknownModel(base));
  let decoded: ModelRequest | undefined;
  const inbound: Inbound = {
    ...request,
    requestedModel: model,
    modelName: wanted ?? base,
    suffix,
    route,
    sessionKey: sessionKeyOf(headers, body),
    decoded: () => {
      decoded ??= request.decode(body.toJSON());
      return decoded;
    },
    warn: (warning) => events.onWarning(inbound, warning),
    onFailedAttempt: (lease, failure) => events.onFailedAttempt(inbound, lease, failure),
  };
  return inbound;
}
