/** The vendor takes `[a-zA-Z0-9_-]{1,64}` for tool names and any length for ids. */
const REFUSED = /[^A-Za-z0-9_-]/g;
const MAX_NAME = 64;

export interface ToolNames {
  /** The name to send for a client's tool name; the same one each time. */
  wire(name: string): string;
  /** Wire name -> the client's name, for those that had to change. */
  readonly changed: ReadonlyMap<string, string>;
}

/** Makes names the vendor accepts, each client name a different one. */
export function openToolNames(reserved: readonly string[]): ToolNames {
  const wires = new Map<string, string>();
  const changed = new Map<string, string>();
  const used = new Set(reserved);
  return {
    changed,
    wire(name) {
      const known = wires.get(name);
      if (known !== undefined) return known;
      const plain = name.replace(REFUSED, '_').slice(0, MAX_NAME) || 'tool';
      const wire = unique(plain, used);
      used.add(wire);
      wires.set(name, wire);
      if (wire !== name) changed.set(wire, name);
      return wire;
    },
  };
}

export interface CallIds {
  /** Begins an assistant message; its results follow it. */
  nextTurn(): void;
  /** The id to send for a call of this turn; `undefined` when this turn has that call already. */
  call(id: string): string | undefined;
  /** The id of the call that a result of this turn answers. */
  result(callId: string): string;
}

/** Makes ids the vendor accepts. It wants them unique in the whole conversation, and some clients count anew each turn. */
export function openCallIds(newId: (prefix: string) => string): CallIds {
  const used = new Set<string>();
  let turn = new Map<string, string>();
  return {
    nextTurn() {
      turn = new Map();
    },
    call(id) {
      if (turn.has(id)) return undefined;
      const wire = unique(id.replace(REFUSED, '_') || newId('toolu_'), used);
      used.add(wire);
      turn.set(id, wire);
      return wire;
    },
    result: (callId) => turn.get(callId) ?? callId.replace(REFUSED, '_'),
  };
}

function unique(name: string, used: ReadonlySet<string>): string {
  if (!used.has(name)) return name;
  for (let at = 2; ; at += 1) {
    const suffix = `_${at}`;
    const candidate = `${name.slice(0, MAX_NAME - suffix.length)}${suffix}`;
    if (!used.has(candidate)) return candidate;
  }
}
