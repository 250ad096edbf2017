import type { Candidate, Route } from './credential.js';

/** A route over its candidates, in any order; what selection needs is looked up once here, not per request. */
export function openRoute(name: string, unsorted: readonly Candidate[]): Route {
  const candidates = unsorted.toSorted(
    (a, b) => b.credential.priority - a.credential.priority || (a.credential.id < b.credential.id ? -1 : 1),
  );
  const groups: Candidate[][] = [];
  for (const candidate of candidates) {
    const group = groups.at(-1);
    if (group?.[0]?.credential.priority === candidate.credential.priority) group.push(candidate);
    else groups.push([candidate]);
  }
  const providers = new Set(candidates.map(({ credential }) => credential.providerName));
  const [provider] = providers;
  return {
    name,
    candidates,
    groups,
    byId: new Map(candidates.map((candidate) => [candidate.credential.id, candidate])),
    hasPools: candidates.some(({ offers }) => offers.length > 1),
    scope: `${providers.size === 1 ? provider : 'mixed'} ${name}`,
  };
}
