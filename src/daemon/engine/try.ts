import type { DialectId, Restore, UpstreamDialect } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';
import type { Usage } from '../ir/usage.js';
import type { Lease } from '../pool/pool.js';
import type { Endpoint, Verdict } from '../providers/provider.js';
import type { HttpClient } from '../transport/http.js';
import type { Chunk } from './converter.js';
import type { Inbound } from './inbound.js';
import type { ClientSink } from './pump.js';
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
  | { readonly ok: false; readonly failure: FailureFacts; readonly verdict: Verdict };

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
  readonly onEnd: (inbound: Inbound, outcome: Outcome) => void;
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
