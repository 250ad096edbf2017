import type { FailureReason } from '../ir/error.js';

/** Volatile state of one credential and model, or of a credential as a whole. */
export interface HealthEntry {
  /** Epoch milliseconds; the end of the cooldown. */
  readonly until: number;
  /** Steps of exponential back-off taken so far. */
  readonly level: number;
  readonly reason: FailureReason;
  readonly status?: number;
  /** From then on one request at a time may try; only long cooldowns have it, and those end with such a try. */
  readonly probeAt?: number;
}

/** `half-open`: the next request may probe. `probing`: one is on its way, the others wait for what it finds. */
export type HealthState = 'cooling' | 'half-open' | 'probing';

export interface Ailment {
  readonly entry: HealthEntry;
  readonly state: HealthState;
}

/** An entry with its place, as it is kept over restarts. */
export interface HealthRecord extends HealthEntry {
  readonly credentialId: string;
  /** Empty: the credential as a whole. */
  readonly modelId: string;
}

/** A request that finds out whether a cooling credential is well again. Both ends may be called more than once. */
export interface Probe {
  /** It is: forgets what was known against it. */
  succeeded(): void;
  /** Nothing was learnt, or `cool` has been told: another may probe. */
  ended(): void;
}

/** Cooldowns. Lives as long as the process, beside the snapshots. */
export interface Health {
  /** The entry that keeps this credential from serving this model right now, if any. */
  blocked(credentialId: string, modelId: string, now: number): HealthEntry | undefined;
  /** The same for people: half-open entries, which block nobody, are told too. */
  look(credentialId: string, modelId: string, now: number): Ailment | undefined;
  /** Begins a probe where the credential or the model is half-open. */
  probe(credentialId: string, modelId: string, now: number): Probe | undefined;
  /** `modelId` absent cools the whole credential. The level rises at most once per window. */
  cool(credentialId: string, modelId: string | undefined, cooldown: Cooldown, now: number): void;
  /** A success: forgets what is known against this credential and model; without one, against it as a whole. */
  clear(credentialId: string, modelId?: string): void;
  /** Forgets a credential altogether, or everything. */
  reset(credentialId?: string): void;
  /** The longest running cooldown of a credential. */
  worst(credentialId: string, now: number): HealthEntry | undefined;
  /** What is still in the future. */
  records(now: number): readonly HealthRecord[];
  restore(records: readonly HealthRecord[], now: number): void;
  /** Counts changes, so that nothing is saved twice. */
  revision(): number;
}

export interface Cooldown {
  readonly reason: FailureReason;
  readonly status?: number;
  /** Absent: exponential back-off from one second to half an hour. */
  readonly ms?: number;
}

const BACKOFF_START_MS = 1000;
const BACKOFF_MAX_MS = 30 * 60_000;
/** A cooldown longer than this may be wrong about its end, and is probed. */
const BLIND_MS = 60_000;
const PROBE_AFTER_MS = 5 * 60_000;
/** State of the credential as a whole; no model has an empty id. */
const WHOLE = '';

interface Kept extends HealthEntry {
  /** A probe under way keeps the others out until then at most: one that hangs must not lock the credential. */
  probingUntil: number;
}

export function openHealth(): Health {
  const byCredential = new Map<string, Map<string, Kept>>();
  let revision = 0;

  const put = (credentialId: string, modelId: string, entry: HealthEntry): void => {
    const entries = byCredential.get(credentialId) ?? new Map<string, Kept>();
    byCredential.set(credentialId, entries);
    entries.set(modelId, { ...entry, probingUntil: 0 });
    revision++;
  };
  const drop = (credentialId: string, modelId = WHOLE): void => {
    const entries = byCredential.get(credentialId);
    if (entries?.delete(modelId) !== true) return;
    if (entries.size === 0) byCredential.delete(credentialId);
    revision++;
  };
  const look = (credentialId: string, modelId: string, now: number): Ailment | undefined => {
    const entries = byCredential.get(credentialId);
    if (entries === undefined) return undefined;
    const whole = ailmentOf(entries.get(WHOLE), now);
    if (whole !== undefined && whole.state !== 'half-open') return whole;
    return ailmentOf(entries.get(modelId), now) ?? whole;
  };

  return {
    look,
    blocked(credentialId, modelId, now) {
      if (!byCredential.has(credentialId)) return undefined;
      const found = look(credentialId, modelId, now);
      return found === undefined || found.state === 'half-open' ? undefined : found.entry;
    },
    probe(credentialId, modelId, now) {
      const entries = byCredential.get(credentialId);
      if (entries === undefined) return undefined;
      const open = [WHOLE, modelId].flatMap((id) => {
        const entry = entries.get(id);
        return entry !== undefined && ailmentOf(entry, now)?.state === 'half-open' ? [{ id, entry }] : [];
      });
      if (open.length === 0) return undefined;
      for (const { entry } of open) entry.probingUntil = now + PROBE_AFTER_MS;
      return {
        succeeded() {
          // Only what was probed: a newer failure of somebody else stays.
          for (const { id, entry } of open) if (entries.get(id) === entry) drop(credentialId, id);
        },
        ended() {
          for (const { entry } of open) entry.probingUntil = 0;
        },
      };
    },
    cool(credentialId, modelId = WHOLE, { reason, status, ms }, now) {
      const before = byCredential.get(credentialId)?.get(modelId);
      const isRunning = before !== undefined && before.until > now;
      const level = ms === undefined ? (isRunning ? before.level : (before?.level ?? 0) + 1) : (before?.level ?? 0);
      const length = ms ?? Math.min(BACKOFF_START_MS * 2 ** (level - 1), BACKOFF_MAX_MS);
      // Never shorter than a window that is already running.
      const until = isRunning ? Math.max(before.until, ms === undefined ? 0 : now + length) : now + length;
      put(credentialId, modelId, {
        until,
        level,
        reason,
        ...(status === undefined ? {} : { status }),
        ...(until - now > BLIND_MS ? { probeAt: Math.min(until, now + PROBE_AFTER_MS) } : {}),
      });
    },
    clear: drop,
    reset(credentialId) {
      if (credentialId === undefined) byCredential.clear();
      else byCredential.delete(credentialId);
      revision++;
    },
    worst(credentialId, now) {
      let worst: HealthEntry | undefined;
      for (const entry of byCredential.get(credentialId)?.values() ?? []) {
        if (entry.until > now && (worst === undefined || entry.until > worst.until)) worst = entry;
      }
      return worst;
    },
    records: (now) =>
      [...byCredential].flatMap(([credentialId, entries]) =>
        [...entries].flatMap(([modelId, { probingUntil: _, ...entry }]) =>
          entry.until > now ? [{ credentialId, modelId, ...entry }] : [],
        ),
      ),
    restore(records, now) {
      for (const { credentialId, modelId, ...entry } of records) {
        if (entry.until > now) put(credentialId, modelId, entry);
      }
    },
    revision: () => revision,
  };
}

function ailmentOf(entry: Kept | undefined, now: number): Ailment | undefined {
  if (entry === undefined) return undefined;
  if (entry.probeAt === undefined) return entry.until > now ? { entry, state: 'cooling' } : undefined;
  if (entry.probeAt > now) return { entry, state: 'cooling' };
  return { entry, state: entry.probingUntil > now ? 'probing' : 'half-open' };
}
