import { createHash } from 'node:crypto';

/** AWS's own client declares names like this, and up to 64 characters pass. */
const MAX_LENGTH = 63;
const HASH_LENGTH = 8;

/** Tool names as Kiro takes them, and the way back. */
export interface ToolNames {
  /** The wire name of a client's tool; the same in every turn, so that histories stay the same. */
  wire(name: string): string;
  /** Wire name -> client's name, for the names that had to change. */
  readonly changed: ReadonlyMap<string, string>;
}

export function openToolNames(reserved: readonly string[] = []): ToolNames {
  const wires = new Map<string, string>();
  const changed = new Map<string, string>();
  // Kiro compares names without regard to case.
  const used = new Set(reserved.map((name) => name.toLowerCase()));
  return {
    changed,
    wire(name) {
      const known = wires.get(name);
      if (known !== undefined) return known;
      const plain = sanitise(name);
      const isTaken = used.has(plain.toLowerCase());
      const wire = plain.length > MAX_LENGTH || isTaken ? shortened(plain, name) : plain;
      wires.set(name, wire);
      used.add(wire.toLowerCase());
      if (wire !== name) changed.set(wire, name);
      return wire;
    },
  };
}

/** Letters, digits and underscores, a letter first. */
function sanitise(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^[A-Za-z]/.test(clean) ? clean : `t${clean}`;
}

/** Of two long names with one beginning, each keeps a name of its own, in every process. */
function shortened(plain: string, name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${plain.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}_${digest}`;
}
