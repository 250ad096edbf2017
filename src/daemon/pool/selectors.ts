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

interface WeightedState {
  /** The candidates it was made for, and the same as text: a reload gives a new list of, mostly, the same. */
  group: readonly Candidate[];
  readonly members: string;
  readonly gains: Float64Array;
  /** Who took part the last time: 1 or 0. */
  readonly taking: Uint8Array;
}

/**
 * Smooth weighted round-robin: each turn everyone gains its weight, the largest wins and pays the total. It begins anew when
 * the set of those that may be taken changes. Flat arrays and one pass, since every candidate is looked at in every turn.
 */
function openWeighted(): Selector {
  const states = new Map<string, WeightedState>();
  const stateOf = (routeName: string, group: readonly Candidate[]): WeightedState => {
    const key = `${group[0]?.credential.priority} ${routeName}`;
    const found = states.get(key);
    if (found?.group === group) return found;
    const members = membersOf(group);
    if (found?.members === members) {
      found.group = group;
      return found;
    }
    if (states.size >= MAX_CURSORS) states.clear();
    const state = {
      group,
      members,
      gains: new Float64Array(group.length),
      taking: new Uint8Array(group.length),
    };
    states.set(key, state);
    return state;
  };
  return {
    pick(routeName, group, isFree) {
      const { gains, taking } = stateOf(routeName, group);
      let hasChanged = false;
      for (const [index, candidate] of group.entries()) {
        const takes = candidate.credential.weight > 0 && isFree(candidate) ? 1 : 0;
        if (taking[index] === takes) continue;
        taking[index] = takes;
        hasChanged = true;
      }
      if (hasChanged) gains.fill(0);
      let total = 0;
      let best = -1;
      let bestGain = Number.NEGATIVE_INFINITY;
      for (const [index, candidate] of group.entries()) {
        if (taking[index] === 0) continue;
        const { weight } = candidate.credential;
        const gain = (gains[index] ?? 0) + weight;
        gains[index] = gain;
        total += weight;
        if (gain <= bestGain) continue;
        best = index;
        bestGain = gain;
      }
      if (best >= 0) gains[best] = bestGain - total;
      return group[best];
    },
    order(routeName, group) {
      const members = group.filter(({ credential }) => credential.weight > 0);
      const gains = gainsOf(states.get(`${group[0]?.credential.priority} ${routeName}`), members);
      const gainOf = ({ credential }: Candidate): number => (gains.get(credential.id) ?? 0) + credential.weight;
      const byGain = members.toSorted((a, b) => gainOf(b) - gainOf(a));
      // Once the first has failed, it is no member any more and the others begin anew: the heaviest first.
      const rest = members.filter((candidate) => candidate !== byGain[0]);
      return [...byGain.slice(0, 1), ...rest.toSorted((a, b) => b.credential.weight - a.credential.weight)];
    },
  };
}

const membersOf = (candidates: readonly Candidate[]): string =>
  candidates.map(({ credential }) => `${credential.id}=${credential.weight}`).join();

/** What those who took part the last time have gained; nothing if it was not these. */
function gainsOf(state: WeightedState | undefined, members: readonly Candidate[]): ReadonlyMap<string, number> {
  if (state === undefined) return new Map();
  const taking = state.group.filter((_, index) => state.taking[index] === 1);
  if (membersOf(taking) !== membersOf(members)) return new Map();
  return new Map(
    state.group.map(({ credential }, index): [string, number] => [credential.id, state.gains[index] ?? 0]),
  );
}
