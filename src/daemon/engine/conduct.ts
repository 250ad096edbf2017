import type { Clock } from '../../shared/clock.js';
import type { FailureFacts } from '../ir/error.js';
import { attempt } from './attempt.js';
import { noCredential } from './failures.js';
import { type Inbound, ProxyFailure } from './inbound.js';
import type { Attempt, AttemptParts, Reply } from './try.js';

/**
 * The attempt loop: the only one there is. Rounds over the credentials until one answers, the request turns out to be at
 * fault, or policy says stop.
 * @throws ProxyFailure with the last upstream error, or with what blocks every candidate.
 */
export async function conduct(inbound: Inbound, parts: AttemptParts & { readonly clock: Clock }): Promise<Reply> {
  const { pool } = inbound.plan;
  const { route } = inbound;
  let last: FailureFacts | undefined;
  for (let round = 0; ; round++) {
    const tried = new Set<string>();
    for (;;) {
      if (inbound.signal.aborted) throw new ProxyFailure(CLIENT_GONE);
      const lease = pool.acquire(route, { sessionKey: inbound.sessionKey, tried, round });
      if (lease === undefined) break;
      const result: Attempt = await attempt(lease, inbound, parts);
      if (result.ok) return result.reply;
      last = result.failure;
      inbound.onFailedAttempt(lease, result.failure);
      if (result.verdict.next === 'stop') throw new ProxyFailure(last);
      tried.add(result.verdict.blame === 'credential' ? lease.credential.id : lease.key);
    }
    last ??= noCredential(route, pool.explain(route), parts.now());
    const waitMs = pool.nextRound(route, last, round + 1);
    if (waitMs === undefined) throw new ProxyFailure(last);
    await parts.clock.sleep(waitMs, inbound.signal);
  }
}

const CLIENT_GONE: FailureFacts = {
  reason: 'aborted',
  code: 'client_closed_request',
  message: 'the client closed the request',
};
