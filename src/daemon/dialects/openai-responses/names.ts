import type { ModelRequest } from '../../ir/request.js';

/** Longest tool name and call id that the API takes. */
const MAX_CHARS = 64;
const REFUSED = /[^a-zA-Z0-9_-]/g;

export interface WireNames {
  /** The name this API takes for a tool. */
  tool(name: string): string;
  /** The id this API takes for a call; the same in the call and in its result. */
  call(id: string): string;
  /** Wire name -> the client's name, where they differ. */
  readonly changed: ReadonlyMap<string, string>;
}

/** Names for one request. Two tools never get the same one. */
export function openNames({ tools, messages }: ModelRequest, newId: (prefix: string) => string): WireNames {
  const wireOf = new Map<string, string>();
  const changed = new Map<string, string>();
  let idForEmpty: string | undefined;

  const assign = (name: string): void => {
    if (wireOf.has(name)) return;
    const plain = name.replace(REFUSED, '_');
    const isTaken = (candidate: string): boolean => [...wireOf.values()].includes(candidate);
    const wire = plain.length === 0 || plain.length > MAX_CHARS || isTaken(plain) ? unique(plain, name) : plain;
    wireOf.set(name, wire);
    if (wire !== name) changed.set(wire, name);
  };

  const names = [
    ...tools.flatMap((tool) => (tool.kind === 'hosted' ? [] : [tool.name])),
    ...messages.flatMap(({ content }) => content.flatMap((part) => (part.type === 'tool-call' ? [part.name] : []))),
  ];
  // Names that can stay go first, so that a changed one makes way for them.
  for (const name of names) if (name !== '' && name.length <= MAX_CHARS && name.search(REFUSED) === -1) assign(name);
  for (const name of names) assign(name);

  return {
    changed,
    tool: (name) => wireOf.get(name) ?? name,
    call(id) {
      if (id === '') {
        idForEmpty ??= newId('call_');
        return idForEmpty;
      }
      return id.length <= MAX_CHARS ? id : `call_${digest(id)}`;
    },
  };
}

/** The same name always gets the same wire name, or the prompt cache would miss. */
const unique = (plain: string, name: string): string => `${plain.slice(0, MAX_CHARS - 9)}_${digest(name).slice(0, 8)}`;

/** FNV-1a, twice: 16 hex digits that every runtime computes alike. Who collides on purpose harms only himself. */
function digest(text: string): string {
  const half = (seed: number): string => {
    let hash = seed;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
    return (hash >>> 0).toString(16).padStart(8, '0');
  };
  const first = half(0x81_1c_9d_c5);
  return first + half(Number.parseInt(first, 16) ^ text.length);
}
