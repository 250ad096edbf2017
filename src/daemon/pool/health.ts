import type { FailureReason } from '../ir/error.js';

/** Volatile state of one credential and model, or of a credential as a whole. */
export interface HealthEntry {
  /** Epoch milliseconds; in the past means free. */
  readonly until: number;
  /** Steps of exponential back-off taken so far. */
  readonly level: number;
  readonly reason: FailureReason;
  readonly status?: number;
}

/** Cooldowns. Lives as long as the process, beside the snapshots. */
export interface Health {
  /** The entry that blocks this credential for this model right now, if any. */
  blocked(credentialId: string, modelId: string, now: number): HealthEntry | undefined;
  /** `modelId` absent cools the whole credential. The level rises at most once per window. */
  cool(credentialId: string, modelId: string | undefined, cooldown: Cooldown, now: number): void;
  /** A success: forgets what is known against this credential and model. */
  clear(credentialId: string, modelId: string): void;
  /** Forgets a credential altogether, or everything. */
  reset(credentialId?: string): void;
  /** The longest running cooldown of a credential. */
  worst(credentialId: string, now: number): HealthEntry | undefined;
}

export interface Cooldown {
  readonly reason: FailureReason;
  readonly status?: number;
  /** Absent: exponential back-off from one second to half an hour. */
  readonly ms?: number;
}

const BACKOFF_START_MS = 1000;
const BACKOFF_MAX_MS = 30 * 60_000;

export function openHealth(): Health {
  const byCredential = new Map<string, Map<string, HealthEntry>>();
  /** State of the credential as a whole; no model has an empty id. */
  const WHOLE = '';
  return {
    blocked(credentialId, modelId, now) {
      const entries = byCredential.get(credentialId);
      if (entries === undefined) return undefined;
      const whole = entries.get(WHOLE);
      if (whole !== undefined && whole.until > now) return whole;
      const entry = entries.get(modelId);
      return entry !== undefined && entry.until > now ? entry : undefined;
    },
    cool(credentialId, modelId, { reason, status, ms }, now) {
      const entries = byCredential.get(credentialId) ?? new Map<string, HealthEntry>();
      byCredential.set(credentialId, entries);
      const before = entries.get(modelId ?? WHOLE);
      const isRunning = before !== undefined && before.until > now;
      const level = ms === undefined ? (isRunning ? before.level : (before?.level ?? 0) + 1) : (before?.level ?? 0);
      const length = ms ?? Math.min(BACKOFF_START_MS * 2 ** (level - 1), BACKOFF_MAX_MS);
      // Never shorter than a window that is already running.
      const until = isRunning ? Math.max(before.until, ms === undefined ? 0 : now + length) : now + length;
      entries.set(modelId ?? WHOLE, { until, level, reason, ...(status === undefined ? {} : { status }) });
    },
    clear(credentialId, modelId) {
      const entries = byCredential.get(credentialId);
      if (entries === undefined) return;
      entries.delete(modelId);
      if (entries.size === 0) byCredential.delete(credentialId);
    },
    reset(credentialId) {
      if (credentialId === undefined) byCredential.clear();
      else byCredential.delete(credentialId);
    },
    worst(credentialId, now) {
      let worst: HealthEntry | undefined;
      for (const entry of byCredential.get(credentialId)?.values() ?? []) {
        if (entry.until > now && (worst === undefined || entry.until > worst.until)) worst = entry;
      }
      return worst;
    },
  };
}
