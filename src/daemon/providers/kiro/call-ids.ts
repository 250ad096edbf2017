const MAX_LENGTH = 64;

/** Ids of tool calls as Kiro takes them: unique in the conversation, although some clients count anew each turn. */
export interface CallIds {
  /** Begins an assistant message; its results follow it. */
  nextTurn(): void;
  /** The id to send for a call of this turn; `undefined` when this turn has that call already. */
  call(id: string): string | undefined;
  /** The id of the call that a result of this turn answers. */
  result(callId: string): string;
}

export function openCallIds(newId: (prefix: string) => string): CallIds {
  const used = new Set<string>();
  let turn = new Map<string, string>();
  return {
    nextTurn() {
      turn = new Map();
    },
    call(id) {
      if (turn.has(id)) return undefined;
      const wire = unique(sanitise(id) || newId('tooluse_'), used);
      used.add(wire);
      turn.set(id, wire);
      return wire;
    },
    result: (callId) => turn.get(callId) ?? sanitise(callId),
  };
}

/** One gateway's finding: anything else, such as the `|` of Responses ids, is a 400. */
const sanitise = (id: string): string => id.replace(/[^A-Za-z0-9_.:-]/g, '_').slice(0, MAX_LENGTH);

function unique(id: string, used: ReadonlySet<string>): string {
  for (let at = 1; ; at += 1) {
    const suffix = at === 1 ? '' : `_${at}`;
    const candidate = id.slice(0, MAX_LENGTH - suffix.length) + suffix;
    if (!used.has(candidate)) return candidate;
  }
}
