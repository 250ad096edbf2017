const MAX_LENGTH = 64;

/** Tool names in the charset Google takes, and the way back. */
export interface ToolNames {
  /** The wire name of a client's tool; the same name gives the same answer. */
  wire(name: string): string;
  /** Wire name -> client's name, for the names that had to change. */
  readonly changed: ReadonlyMap<string, string>;
}

export function openToolNames(): ToolNames {
  const wireOf = new Map<string, string>();
  const used = new Set<string>();
  const changed = new Map<string, string>();
  return {
    changed,
    wire(name) {
      const known = wireOf.get(name);
      if (known !== undefined) return known;
      const wire = unique(sanitise(name), used);
      wireOf.set(name, wire);
      used.add(wire);
      if (wire !== name) changed.set(wire, name);
      return wire;
    },
  };
}

/** Letters, digits and `_.:-`, beginning with a letter or an underscore, at most 64. */
function sanitise(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_.:-]/g, '_');
  return (/^[A-Za-z_]/.test(clean) ? clean : `_${clean}`).slice(0, MAX_LENGTH);
}

function unique(name: string, used: ReadonlySet<string>): string {
  if (!used.has(name)) return name;
  for (let count = 2; ; count++) {
    const suffix = `_${count}`;
    const candidate = name.slice(0, MAX_LENGTH - suffix.length) + suffix;
    if (!used.has(candidate)) return candidate;
  }
}
