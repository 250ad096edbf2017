import { continuationOf, type RequestDigest } from './websocket-chain.js';
import type { SocketConnection } from './websocket-connection.js';

/** Which connections a request may use. */
export interface Lane {
  readonly owner: string;
  /** Owner, address, proxy and conversation. */
  readonly key: string;
  /** Of one conversation. */
  readonly isSession: boolean;
}

export interface IdleSockets {
  /** The best free connection of the lane, taken out. */
  take(lane: Lane, identity: string, request: RequestDigest): SocketConnection | undefined;
  put(lane: Lane, connection: SocketConnection): void;
  /** Closes what belongs to others, now and when it comes back. */
  keepOnly(owners: ReadonlySet<string>): void;
  close(): void;
}

export interface IdleLimits {
  /** How long one waits for the next turn. */
  readonly idleMs: number;
  /** OpenAI ends a connection after 60 minutes (codex.md 4.6). */
  readonly ageMs: number;
  readonly total: number;
  /** For one conversation: clients ask side questions in it, such as for a title. */
  readonly perSession: number;
  /** For requests that name no conversation. */
  readonly perLane: number;
}

interface Entry {
  readonly lane: Lane;
  readonly connection: SocketConnection;
  readonly timer: NodeJS.Timeout;
}

/** Connections between two turns, oldest first. */
export function openIdleSockets(limits: IdleLimits, now: () => number): IdleSockets {
  let entries: Entry[] = [];
  let owners: ReadonlySet<string> | undefined;
  let isClosed = false;

  const remove = (entry: Entry): void => {
    clearTimeout(entry.timer);
    entries = entries.filter((each) => each !== entry);
  };
  const drop = (entry: Entry): void => {
    remove(entry);
    entry.connection.close();
  };
  const isFit = ({ connection }: Entry, identity: string): boolean =>
    connection.isOpen && connection.identity === identity && now() - connection.openedAt < limits.ageMs;

  return {
    take(lane, identity, request) {
      const mine = entries.filter((entry) => entry.lane.key === lane.key);
      for (const entry of mine) if (!isFit(entry, identity)) drop(entry);
      const fit = mine.filter((entry) => entries.includes(entry));
      const best = fit.find(({ connection }) => continuationOf(connection.chain, request) !== undefined) ?? fit[0];
      if (best !== undefined) remove(best);
      return best?.connection;
    },
    put(lane, connection) {
      if (isClosed || !connection.isOpen || owners?.has(lane.owner) === false) return connection.close();
      const timer = setTimeout(() => drop(entry), limits.idleMs);
      timer.unref();
      const entry: Entry = { lane, connection, timer };
      entries.push(entry);
      connection.release(() => remove(entry));
      const same = entries.filter((each) => each.lane.key === lane.key);
      const tooMany = same.slice(0, Math.max(0, same.length - (lane.isSession ? limits.perSession : limits.perLane)));
      for (const each of tooMany) drop(each);
      for (const each of entries.slice(0, Math.max(0, entries.length - limits.total))) drop(each);
    },
    keepOnly(kept) {
      owners = kept;
      for (const entry of entries) if (!kept.has(entry.lane.owner)) drop(entry);
    },
    close() {
      isClosed = true;
      for (const entry of entries) drop(entry);
    },
  };
}
