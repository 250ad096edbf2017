export interface HttpFallback {
  /** Whether this credential's sockets are out of use for now. */
  isActive(owner: string): boolean;
  /** The upgrade was refused, or never finished. */
  refused(owner: string, reason: string): void;
  /** A connection broke under an answer. */
  broke(owner: string, reason: string): void;
  worked(owner: string): void;
  keepOnly(owners: ReadonlySet<string>): void;
}

export interface FallbackParts {
  readonly now: () => number;
  /** Told once per credential, until a socket of it has worked again. */
  readonly onFallback: (owner: string, reason: string) => void;
}

const FALLBACK_MS = 10 * 60_000;
/** codex.md 4.6: about five failures in a session. */
const MAX_BREAKS = 5;

interface Standing {
  until: number;
  breaks: number;
  isTold: boolean;
}

/** Remembers which credentials have no WebSocket worth trying. */
export function openHttpFallback({ now, onFallback }: FallbackParts): HttpFallback {
  const standings = new Map<string, Standing>();
  const standingOf = (owner: string): Standing => {
    const known = standings.get(owner) ?? { until: 0, breaks: 0, isTold: false };
    standings.set(owner, known);
    return known;
  };
  const fallBack = (owner: string, standing: Standing, reason: string): void => {
    standing.until = now() + FALLBACK_MS;
    standing.breaks = 0;
    if (standing.isTold) return;
    standing.isTold = true;
    onFallback(owner, reason);
  };
  return {
    isActive: (owner) => (standings.get(owner)?.until ?? 0) > now(),
    refused: (owner, reason) => fallBack(owner, standingOf(owner), reason),
    broke(owner, reason) {
      const standing = standingOf(owner);
      standing.breaks++;
      if (standing.breaks >= MAX_BREAKS) fallBack(owner, standing, reason);
    },
    worked: (owner) => void standings.delete(owner),
    keepOnly(owners) {
      for (const owner of [...standings.keys()]) if (!owners.has(owner)) standings.delete(owner);
    },
  };
}
