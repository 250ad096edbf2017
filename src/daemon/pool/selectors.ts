import type { Candidate } from './credential.js';

export type SelectorName = 'round-robin' | 'weighted-round-robin' | 'fill-first';

/**
 * Picks one of the candidates of equal priority. `isFree` says whether a candidate may be taken now; the first choice is
 * nearly always free, so only as many are asked as needed.
 */
export interface Selector {
  pick(
    routeName: string,
    group: readonly Candidate[],
    isFree: (candidate: Candidate) => boolean,
  ): Candidate | undefined;
  /** The order in which they would be picked from now on, each after the ones before it failed. Changes nothing. */
  order(routeName: string, group: readonly Candidate[]): readonly Candidate[];
}

/** Cursors beyond this many are dropped, all at once: a client that invents model names must not fill the memory. */
const MAX_CURSORS = 4096;

export function openSelector(name: SelectorName): Selector {
  switch (name) {
    case 'round-robin':
      return openRoundRobin();
    case 'weighted-round-robin':
      return openWeighted();
    case 'fill-first':
      return { pick: (_route, group, isFree) => group.find(isFree), order: (_route, group) => group };
  }
}

function openRoundRobin(): Selector {
  const cursors = new Map<string, number>();
  return {
    pick(routeName, group, isFree) {
      const cursor = cursors.get(routeName) ?? 0;
      for (let step = 0; step < group.length; step++) {
        const at = (cursor + step) % group.length;
        const candidate = group[at];
        if (candidate === undefined || !isFree(candidate)) continue;
        if (cursors.size >= MAX_CURSORS) cursors.clear();
        cursors.set(routeName, at + 1);
        return candidate;
      }
      return undefined;
    },
    order(routeName, group) {
      const start = (cursors.get(routeName) ?? 0) % Math.max(1, group.length);
      return [...group.slice(start), ...group.slice(0, start)];
    },
  };
}

/** Smooth weighted round-robin: each turn everyone gains its weight, the largest wins and pays the total. */
function openWeighted(): Selector {
  const states = new Map<string, { readonly members: string; readonly gains: Map<string, number> }>();
  return {
    pick(routeName, group, isFree) {
      const free = group.filter((candidate) => candidate.credential.weight > 0 && isFree(candidate));
      if (free.length === 0) return undefined;
      const members = membersOf(free);
      let state = states.get(routeName);
      if (state === undefined || state.members !== members) {
        if (states.size >= MAX_CURSORS) states.clear();
        state = { members, gains: new Map() };
        states.set(routeName, state);
      }
      let total = 0;
      let best: Candidate | undefined;
      let bestGain = Number.NEGATIVE_INFINITY;
      for (const candidate of free) {
        const { id, weight } = candidate.credential;
        const gain = (state.gains.get(id) ?? 0) + weight;
        state.gains.set(id, gain);
        total += weight;
        if (gain > bestGain) {
          best = candidate;
          bestGain = gain;
        }
      }
      if (best !== undefined) state.gains.set(best.credential.id, bestGain - total);
      return best;
    },
    order(routeName, group) {
      const members = group.filter(({ credential }) => credential.weight > 0);
      const state = states.get(routeName);
      const gains = state?.members === membersOf(members) ? state.gains : undefined;
      const byGain = members.toSorted((a, b) => gainOf(b, gains) - gainOf(a, gains));
      // Once the first has failed, it is no member any more and the others begin anew: the heaviest first.
      const rest = members.filter((candidate) => candidate !== byGain[0]);
      return [...byGain.slice(0, 1), ...rest.toSorted((a, b) => b.credential.weight - a.credential.weight)];
    },
  };
}

const membersOf = (candidates: readonly Candidate[]): string =>
  candidates.map(({ credential }) => `${credential.id}=${credential.weight}`).join();

const gainOf = ({ credential }: Candidate, gains: ReadonlyMap<string, number> | undefined): number =>
  (gains?.get(credential.id) ?? 0) + credential.weight;
