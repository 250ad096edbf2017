import type { Lease } from '../pool/pool.js';
import type { Upstream } from '../providers/provider.js';

/** After a 401: the same hold on the same credential, with another token; `undefined`: there is none. */
export async function renewedLease(lease: Lease): Promise<Lease | undefined> {
  const { credential } = lease;
  const upstream = credential.upstream.forget?.() === true ? credential.upstream : await credential.renew?.();
  return upstream && withUpstream(lease, upstream);
}

const withUpstream = (lease: Lease, upstream: Upstream): Lease => ({
  key: lease.key,
  credential: { ...lease.credential, upstream },
  offer: lease.offer,
  choice: lease.choice,
  answered: () => lease.answered(),
  succeeded: () => lease.succeeded(),
  failed: (failure, verdict) => lease.failed(failure, verdict),
  released: () => lease.released(),
});
