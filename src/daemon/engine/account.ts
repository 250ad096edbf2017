import type { FailureFacts } from '../ir/error.js';
import type { Candidate } from '../pool/credential.js';
import type { Lease } from '../pool/pool.js';
import type { Verdict } from '../providers/provider.js';
import type { HttpReply, ReplyHeaders } from '../transport/http.js';
import type { Inbound } from './inbound.js';
import { type Attempt, fail, NOT_OFFERED, type Try } from './try.js';

/** Nothing cools: what kept the request back is looked at anew with the next one. */
const WITHHELD: Verdict = { blame: 'credential-model', next: 'next-credential', cooldownMs: 0 };

/**
 * What keeps a request from a credential before anything is sent: a client that it does not serve, a limit that its owner
 * set, or one that is known to be reached. `undefined`: nothing does.
 */
export function withheld(lease: Lease, inbound: Inbound, now: number): Attempt | undefined {
  const { credential, offer } = lease;
  const { upstream } = credential;
  const refusal = upstream.refuse?.({ dialect: inbound.dialect.id, headers: inbound.headers });
  if (refusal !== undefined) {
    const failure = inbound.operation === 'generate' ? withAlternatives(refusal, lease, inbound) : NOT_COUNTED;
    lease.failed(failure, NOT_OFFERED);
    return { ok: false, failure, verdict: NOT_OFFERED, isRefusal: true };
  }
  const limit = inbound.plan.quota?.withheld(credential, offer.model.id);
  if (limit !== undefined) {
    lease.failed(limit, WITHHELD);
    return { ok: false, failure: limit, verdict: WITHHELD };
  }
  // Counting costs nothing.
  if (inbound.operation === 'count-tokens') return undefined;
  const spent = upstream.spent?.(offer.model, now, inbound.plan.quota?.of(credential.id));
  return spent === undefined ? undefined : fail(lease, inbound, spent);
}

/** Tokens are then counted by us. */
const NOT_COUNTED: FailureFacts = {
  reason: 'model-missing',
  status: 404,
  code: 'unsupported_operation',
  message: 'this login does not serve this client',
};

/** The next step: who else serves the model, or what would. */
function withAlternatives(refusal: FailureFacts, { credential }: Lease, { route }: Inbound): FailureFacts {
  const others = route.candidates.filter((candidate) => isOtherProvider(candidate, credential.provider.title));
  const names = [...new Set(others.map((candidate) => candidate.credential.providerName))];
  const step =
    names.length > 0
      ? `"${route.name}" is also served by ${names.join(', ')}, but not right now: \`cliproxyctl route explain --model ${route.name}\` says why`
      : `for other clients, add another provider that serves "${route.name}": a Claude API key (\`claude-api-key\`), or a login to GitHub Copilot (\`cliproxyctl login github-copilot\`)`;
  return { ...refusal, message: `${refusal.message}; ${step}` };
}

const isOtherProvider = ({ credential }: Candidate, title: string): boolean => credential.provider.title !== title;

/** What an answer tells of its account is kept: its limits, and that the way it was asked works. */
export function learn({ inbound, lease, parts }: Try, { status, headers }: HttpReply): void {
  const { credential } = lease;
  if (status < 300) credential.upstream.worked?.(lease.offer.model);
  const facts = credential.upstream.quota?.(headers, parts.now());
  if (facts !== undefined) inbound.plan.quota?.note(credential.id, facts);
}

/** Response headers that the vendor's own client reads for itself. */
export function ownHeaders({ lease, isRelay }: Try, headers: ReplyHeaders): Record<string, string> {
  const own: Record<string, string> = {};
  const { upstream } = lease.credential;
  if (!isRelay || upstream.passes === undefined) return own;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && upstream.passes(name)) own[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return own;
}
