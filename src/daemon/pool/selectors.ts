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
      return { pick: (_route, group, isFree) => group.find(isFree) };
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
  };
}

/** Smooth weighted round-robin: each turn everyone gains its weight, the largest wins and pays the total. */
function openWeighted(): Selector {
  const states = new Map<string, { readonly members: string; readonly gains: Map<string, number> }>();
  return {
    pick(routeName, group, isFree) {
      const free = group.filter((candidate) => candidate.credential.weight > 0 && isFree(candidate));
      if (free.length === 0) return undefined;
      const members = free.map(({ credential }) => `${credential.id}=${credential.weight}`).join();
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
  };
}
