/** Counts wrong keys per address, and shuts an address out that has had too many. */
export interface LockOut {
  /** Milliseconds of the ban that are left; 0: none. */
  remainingMs(address: string): number;
  noteFailure(address: string): void;
}

const MAX_FAILURES = 5;
const BAN_MS = 30 * 60_000;
/** How long one failure counts. */
const FAILURE_MS = 30 * 60_000;
/** Whoever has more addresses than this pushes out the oldest ones that are not banned. */
const MAX_ADDRESSES = 10_000;

interface Record {
  /** Epoch milliseconds of failures that still count. */
  failures: readonly number[];
  bannedUntil: number;
}

/** A success clears nothing: behind one address may be several people, and only one of them has the key. */
export function openLockOut(now: () => number): LockOut {
  const records = new Map<string, Record>();
  const makeRoom = (): void => {
    if (records.size < MAX_ADDRESSES) return;
    const at = now();
    for (const [address, { failures, bannedUntil }] of records) {
      if (bannedUntil <= at && failures.every((each) => each + FAILURE_MS <= at)) records.delete(address);
    }
    for (const [address, { bannedUntil }] of records) {
      if (records.size < MAX_ADDRESSES) return;
      if (bannedUntil <= at) records.delete(address);
    }
    // All are banned: the ban that ends first goes.
    const [oldest] = records.keys();
    if (records.size >= MAX_ADDRESSES && oldest !== undefined) records.delete(oldest);
  };
  return {
    remainingMs: (address) => Math.max(0, (records.get(networkOf(address))?.bannedUntil ?? 0) - now()),
    noteFailure(address) {
      const key = networkOf(address);
      const at = now();
      if (!records.has(key)) makeRoom();
      const before = records.get(key)?.failures.filter((each) => each + FAILURE_MS > at) ?? [];
      const failures = [...before, at];
      records.delete(key);
      const isBanned = failures.length >= MAX_FAILURES;
      records.set(key, isBanned ? { failures: [], bannedUntil: at + BAN_MS } : { failures, bannedUntil: 0 });
    },
  };
}

/** One host has a whole /64 of IPv6 to come from. */
function networkOf(address: string): string {
  if (!address.includes(':') || address === '::1') return address;
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? [];
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail.split(':').filter((group) => group !== '');
  const zeros = Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).join(':');
}

/** `29m58s`, as Go prints a duration of whole seconds. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60] as const;
  const [hours, minutes, rest] = parts;
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
