import { createHash } from 'node:crypto';

/** Browsers that have shown the management key, each known by a cookie. */
export interface Visits {
  /** Gives the cookie's value. */
  begin(): string;
  /** Whether it is one of ours, used within the last half hour; the key is still the one that was shown. */
  isKnown(cookie: string): boolean;
  end(cookie: string): void;
}

export interface VisitsParts {
  readonly now: () => number;
  readonly randomBytes: (length: number) => Buffer;
  /** Another text once the management key is another one. */
  readonly keyMark: () => string;
}

const IDLE_MS = 30 * 60_000;
/** However busy a page is kept, the key is asked for again after a working day. */
const LONGEST_MS = 12 * 60 * 60_000;
const MAX_VISITS = 64;

export function openVisits({ now, randomBytes, keyMark }: VisitsParts): Visits {
  /** By the hash of the cookie: whoever reads our memory or its dump has no cookie. */
  const visits = new Map<string, { readonly mark: string; readonly beganAt: number; usedAt: number }>();
  const forgetOld = (): void => {
    for (const [id, { beganAt, usedAt }] of visits) {
      if (usedAt + IDLE_MS <= now() || beganAt + LONGEST_MS <= now()) visits.delete(id);
    }
  };
  return {
    begin() {
      forgetOld();
      const [oldest] = visits.keys();
      if (visits.size >= MAX_VISITS && oldest !== undefined) visits.delete(oldest);
      const cookie = randomBytes(32).toString('base64url');
      visits.set(idOf(cookie), { mark: keyMark(), beganAt: now(), usedAt: now() });
      return cookie;
    },
    isKnown(cookie) {
      forgetOld();
      const visit = visits.get(idOf(cookie));
      if (visit?.mark !== keyMark()) return false;
      visit.usedAt = now();
      return true;
    },
    end(cookie) {
      visits.delete(idOf(cookie));
    },
  };
}

const idOf = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');
