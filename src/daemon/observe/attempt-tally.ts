/** How often a credential served, and how often it failed. */
export interface AttemptCounts {
  readonly success: number;
  readonly failed: number;
  /** By ten minutes, oldest first; `at` is the beginning in epoch milliseconds. */
  readonly recent: readonly Bucket[];
}

export interface AttemptTally {
  note(credential: string, outcome: 'success' | 'failed'): void;
  /** `undefined`: it was not used. */
  of(credential: string): { success: number; failed: number; recent: Bucket[] } | undefined;
}

const BUCKET_MS = 10 * 60_000;
const MAX_BUCKETS = 20;
/** Credentials come and go with the config; more than anybody has is enough. */
const MAX_CREDENTIALS = 1_000;

interface Bucket {
  readonly at: number;
  readonly success: number;
  readonly failed: number;
}

interface Counted {
  success: number;
  failed: number;
  recent: { readonly at: number; success: number; failed: number }[];
}

export function openAttemptTally(now: () => number): AttemptTally {
  const counted = new Map<string, Counted>();
  const recentOf = ({ recent }: Counted, at: number): Counted['recent'] =>
    recent.filter((bucket) => bucket.at > at - MAX_BUCKETS * BUCKET_MS);
  const counterOf = (credential: string): Counted => {
    const found = counted.get(credential) ?? { success: 0, failed: 0, recent: [] };
    if (!counted.has(credential)) {
      const [oldest] = counted.keys();
      if (counted.size >= MAX_CREDENTIALS && oldest !== undefined) counted.delete(oldest);
      counted.set(credential, found);
    }
    return found;
  };
  return {
    note(credential, outcome) {
      const counter = counterOf(credential);
      counter[outcome]++;
      const at = Math.floor(now() / BUCKET_MS) * BUCKET_MS;
      let bucket = counter.recent.at(-1);
      if (bucket?.at !== at) {
        bucket = { at, success: 0, failed: 0 };
        counter.recent = [...recentOf(counter, at), bucket];
      }
      bucket[outcome]++;
    },
    of(credential) {
      const counter = counted.get(credential);
      if (counter === undefined) return undefined;
      const { success, failed } = counter;
      return { success, failed, recent: recentOf(counter, now()).map((bucket) => ({ ...bucket })) };
    },
  };
}

/** The counts of several processes as one. */
export function joinCounts(counts: readonly AttemptCounts[]): { success: number; failed: number; recent: Bucket[] } {
  const recent = new Map<number, Bucket>();
  for (const { at, success, failed } of counts.flatMap((each) => each.recent)) {
    const before = recent.get(at) ?? { at, success: 0, failed: 0 };
    recent.set(at, { at, success: before.success + success, failed: before.failed + failed });
  }
  return {
    success: counts.reduce((sum, each) => sum + each.success, 0),
    failed: counts.reduce((sum, each) => sum + each.failed, 0),
    recent: [...recent.values()].sort((a, b) => a.at - b.at),
  };
}
