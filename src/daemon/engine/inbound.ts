import type { ClientDialect, KeepImage, Operation, Warning } from '../dialects/dialect.js';
import { type FailureFacts, RequestFault } from '../ir/error.js';
import type { ModelRequest, Reasoning } from '../ir/request.js';
import type { Route } from '../pool/credential.js';
import type { Plan } from '../pool/plan.js';
import type { Lease } from '../pool/pool.js';
import type { SessionIds } from '../pool/sticky.js';
import type { ClientHeaders } from '../providers/provider.js';
import type { ClientFraming } from './client-framing.js';
import type { MediaLinks } from './media.js';
import type { Thread } from './thread.js';
import type { RequestTrace } from './trace.js';
import type { ForkableBody } from './wire-body.js';

/** Who calls: a holder of a client key. */
export interface Caller {
  /** First 8 hex digits of the key's SHA-256; `none` where no key is asked. */
  readonly keyId: string;
}

/** One request of a client, read and resolved. */
export interface Inbound {
  readonly id: string;
  readonly dialect: ClientDialect;
  readonly operation: Operation;
  readonly stream: boolean;
  readonly framing: ClientFraming;
  readonly body: ForkableBody;
  /** As the client wrote it. */
  readonly requestedModel: string;
  /** Without the thinking suffix: what answers call the model. */
  readonly modelName: string;
  readonly suffix: Reasoning | undefined;
  readonly route: Route;
  readonly plan: Plan;
  readonly caller: Caller;
  readonly headers: ClientHeaders;
  /** The conversation's name, where the client gave one. */
  readonly sessionKey: string | undefined;
  readonly session: SessionIds | undefined;
  /** Absent: nothing of the conversation lies with an upstream. */
  readonly thread: Thread | undefined;
  readonly trace: RequestTrace;
  readonly signal: AbortSignal;
  /** Decoded once, when the first attempt needs a translation. */
  decoded(): ModelRequest;
  readonly media: MediaLinks;
  /** Absent: pictures can only be handed out as data. */
  readonly keepImage: KeepImage | undefined;
  /** Something the chosen upstream cannot express was left out. */
  warn(warning: Warning): void;
  /** A try failed and another may follow; for the log. */
  onFailedAttempt(lease: Lease, failure: FailureFacts): void;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** The request failed for good: written by the edge in the client's dialect. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  readonly failure: FailureFacts;

  constructor(failure: FailureFacts) {
    super(failure.message);
    this.failure = failure;
  }
}

export const INTERNAL: FailureFacts = {
  reason: 'server',
  status: 500,
  code: 'internal_error',
  message: 'internal error of the gateway; its log has more',
};

/** What went wrong, as data; an unexpected error tells the client nothing of itself. */
export const failureOf = (error: unknown): FailureFacts =>
  error instanceof ProxyFailure || error instanceof RequestFault ? error.failure : INTERNAL;
