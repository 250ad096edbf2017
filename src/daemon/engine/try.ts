import type { DialectId, EncodeContext, Restore, UpstreamDialect } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';
import type { Usage } from '../ir/usage.js';
import type { Lease } from '../pool/pool.js';
import type { Endpoint, Verdict } from '../providers/provider.js';
import type { HttpClient, ReplyHeaders } from '../transport/http.js';
import type { Chunk } from './converter.js';
import type { Inbound } from './inbound.js';
import type { ClientSink } from './pump.js';
import type { Replay } from './replay.js';
import { type Pins, turnStateOf } from './thread.js';
import type { Ticker } from './ticker.js';
import { judge } from './verdict.js';
import type { WarningNotes } from './warnings.js';

/** An answer ready for the client. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | { readonly kind: 'whole'; readonly bytes: Chunk }
    | { readonly kind: 'stream'; start(sink: ClientSink): void };
}

export type Attempt =
  | { readonly ok: true; readonly reply: Reply }
  | {
      readonly ok: false;
      readonly failure: FailureFacts;
      readonly verdict: Verdict;
      /** The credential does not serve this client: says less than what another one answered. */
      readonly isRefusal?: true;
    };

/** How one request went, for logs and usage; told once, when the last byte is out or the client is gone. */
export interface Outcome {
  readonly lease: Lease | undefined;
  readonly upstreamDialect: DialectId | undefined;
  readonly usage: Usage | undefined;
  readonly failure: FailureFacts | undefined;
}

export interface AttemptParts {
  readonly http: HttpClient;
  readonly dialects: Readonly<Record<string, UpstreamDialect>>;
  readonly ticker: Ticker;
  readonly now: () => number;
  readonly newId: (prefix: string) => string;
  readonly replay: Replay;
  readonly pins: Pins;
  readonly onEnd: (inbound: Inbound, outcome: Outcome) => void;
  /** An error of ours after the answer has begun: the client is told that there was one, the log what. */
  readonly onDefect: (inbound: Inbound, error: unknown) => void;
}

/** What both kinds of answers need to know of a try under way. */
export interface Try {
  readonly inbound: Inbound;
  readonly lease: Lease;
  readonly endpoint: Endpoint;
  readonly upstream: UpstreamDialect;
  readonly isRelay: boolean;
  readonly restore: Restore;
  readonly notes: WarningNotes;
  readonly parts: AttemptParts;
}

/** What the client's dialect may depend on when it writes this answer. */
export const encodeContextOf = ({ inbound, parts }: Pick<Try, 'inbound' | 'parts'>): EncodeContext => ({
  model: inbound.modelName,
  request: inbound.decoded(),
  now: parts.now,
  newId: parts.newId,
  ...(inbound.keepImage === undefined ? {} : { keepImage: inbound.keepImage }),
});

/** Remembers who holds what this answer leaves with its upstream. */
export function keepThread({ inbound, lease, parts }: Try, headers: ReplyHeaders, id: string | undefined): void {
  const { session, thread, caller } = inbound;
  if (session === undefined) return;
  const pin = { session, credentialId: lease.credential.id };
  const state = turnStateOf(headers);
  if (state !== undefined) parts.pins.keep(caller.keyId, state, pin);
  if (id !== undefined && thread?.isKept === true) parts.pins.keep(caller.keyId, id, pin);
}

/** A failed try: the lease ends with the verdict. */
export function fail(lease: Lease, inbound: Inbound, failure: FailureFacts): Attempt {
  const verdict = lacksEndpoint(inbound, failure) ? NOT_OFFERED : judge(failure, lease.credential, inbound.plan.policy);
  lease.failed(failure, verdict);
  return { ok: false, failure, verdict };
}

/** Nobody is to blame, and nothing cools: this credential simply has no such endpoint. */
export const NOT_OFFERED: Verdict = { blame: 'network', next: 'next-credential' };

/** Few upstreams count tokens or compact; that says nothing about the answers they give. */
const lacksEndpoint = ({ operation }: Inbound, { status }: FailureFacts): boolean =>
  operation !== 'generate' && (status === 404 || status === 405 || status === 501);
