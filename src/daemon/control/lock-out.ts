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
/** Of either kind; whoever has more addresses than this pushes out the oldest ones. */
const MAX_ADDRESSES = 10_000;

/** A success clears nothing: behind one address may be several people, and only one of them has the key. */
export function openLockOut(now: () => number): LockOut {
  // Apart, so that no number of addresses pushes out a ban; both in the order in which they end.
  /** Epoch milliseconds of failures that still count. */
  const failing = new Map<string, readonly number[]>();
  const bannedUntil = new Map<string, number>();
  return {
    remainingMs: (address) => Math.max(0, (bannedUntil.get(networkOf(address)) ?? 0) - now()),
    noteFailure(address) {
      const network = networkOf(address);
      const at = now();
      const before = failing.get(network)?.filter((each) => each + FAILURE_MS > at) ?? [];
      failing.delete(network);
      const failures = [...before, at];
      if (failures.length < MAX_FAILURES) return putLast(failing, network, failures);
      bannedUntil.delete(network);
      putLast(bannedUntil, network, at + BAN_MS);
    },
  };
}

function putLast<T>(map: Map<string, T>, key: string, value: T): void {
  const [oldest] = map.keys();
  if (map.size >= MAX_ADDRESSES && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
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
