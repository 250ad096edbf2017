import type { RequestExplanation, TriedView } from '../../shared/contract/requests.js';
import type { FailureFacts } from '../ir/error.js';
import type { Lease } from '../pool/pool.js';
import type { Verdict } from '../providers/provider.js';

type FailureView = NonNullable<RequestExplanation['failure']>;
type Wait = RequestExplanation['waits'][number];
type PassedOver = RequestExplanation['passedOver'][number];

/** What is remembered of one request: ids and outcomes, never a body or a secret. Filled in while it goes on. */
export interface RequestTrace {
  readonly id: string;
  readonly startedAt: number;
  readonly key: string;
  readonly client: string;
  /** As the client wrote it. */
  readonly model: string;
  readonly stream: boolean;
  session: RequestExplanation['session'] | undefined;
  tried: readonly TriedView[];
  waits: readonly Wait[];
  passedOver: readonly PassedOver[];
  startedEarly: boolean;
  /** Absent while it goes on. */
  endedAt: number | undefined;
  failure: FailureFacts | undefined;
}

/** The newest requests of this process, for `route explain --request`. */
export interface RequestTraces {
  add(trace: RequestTrace): void;
  find(id: string): RequestTrace | undefined;
}

const KEPT = 1000;
const MAX_MESSAGE = 500;
const NONE: readonly never[] = [];

/** A ring: the oldest makes room. Ids are looked for one by one, which people do and requests do not. */
export function openRequestTraces(kept = KEPT): RequestTraces {
  const ring: RequestTrace[] = [];
  let next = 0;
  return {
    add(trace) {
      ring[next] = trace;
      next = (next + 1) % kept;
    },
    find: (id) => ring.find((trace) => trace.id === id),
  };
}

interface TracedRequest {
  readonly id: string;
  readonly startedAt: number;
  readonly caller: { readonly keyId: string };
  readonly dialect: { readonly id: string };
  readonly model: string;
  readonly stream: boolean;
}

export const openTrace = ({ id, startedAt, caller, dialect, model, stream }: TracedRequest): RequestTrace => ({
  id,
  startedAt,
  key: caller.keyId,
  client: dialect.id,
  model,
  stream,
  session: undefined,
  tried: NONE,
  waits: NONE,
  passedOver: NONE,
  startedEarly: false,
  endedAt: undefined,
  failure: undefined,
});

export function noteTry(trace: RequestTrace, { credential, offer, choice }: Lease, now: number): void {
  const tried: TriedView = {
    credential: credential.id,
    label: credential.label,
    provider: credential.providerName,
    model: offer.model.id,
    choice,
    startedMs: now - trace.startedAt,
  };
  trace.tried = trace.tried.length === 0 ? [tried] : [...trace.tried, tried];
}

/** The last try has failed. */
export function noteFailure(trace: RequestTrace, failure: FailureFacts, verdict: Verdict, now: number): void {
  const { blame, next, cooldownMs } = verdict;
  trace.tried = trace.tried.map((tried, index) =>
    index < trace.tried.length - 1
      ? tried
      : {
          ...tried,
          failedMs: now - trace.startedAt,
          failure: viewFailure(failure),
          verdict: { blame, next, ...(cooldownMs === undefined ? {} : { cooldownMs }) },
        },
  );
}

/** The first end counts. */
export function endTrace(trace: RequestTrace, failure: FailureFacts | undefined, now: number): void {
  if (trace.endedAt !== undefined) return;
  trace.endedAt = now;
  trace.failure = failure && withoutBody(failure);
}

/** Bodies are large, and the client's business. */
const withoutBody = ({ body: _, message, ...failure }: FailureFacts): FailureFacts => ({
  ...failure,
  message: brief(message),
});

export function explainTrace(trace: RequestTrace): RequestExplanation {
  const { endedAt, failure, session, ...known } = trace;
  return {
    ...known,
    tried: [...trace.tried],
    waits: [...trace.waits],
    passedOver: [...trace.passedOver],
    ...(session === undefined ? {} : { session }),
    state: stateOf(trace),
    ...(endedAt === undefined ? {} : { durationMs: endedAt - trace.startedAt }),
    ...(failure === undefined ? {} : { failure: viewFailure(failure) }),
  };
}

function stateOf({ endedAt, failure }: RequestTrace): RequestExplanation['state'] {
  if (endedAt === undefined) return 'running';
  if (failure === undefined) return 'ok';
  return failure.reason === 'aborted' ? 'abandoned' : 'failed';
}

const viewFailure = ({ reason, status, code, message }: FailureFacts): FailureView => ({
  reason,
  message: brief(message),
  ...(status === undefined ? {} : { status }),
  ...(code === undefined ? {} : { code }),
});

/** A copy: a mere part of a text keeps all of it in memory. */
const brief = (message: string): string =>
  message.length <= MAX_MESSAGE ? message : Buffer.from(message.slice(0, MAX_MESSAGE)).toString();
