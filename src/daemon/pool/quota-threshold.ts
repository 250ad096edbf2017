import type { FailureFacts } from '../ir/error.js';
import type { QuotaFacts } from '../providers/provider.js';
import type { Credential } from './credential.js';
import { matchesName } from './name-pattern.js';
import type { QuotaBook } from './quota.js';

/** Limits as one snapshot of the configuration has them. */
export interface PlanQuota {
  /** What an answer has told of its account. */
  note(credentialId: string, facts: QuotaFacts): void;
  of(credentialId: string): QuotaFacts | undefined;
  /** Why the owner does not want this account asked for this model now (`claude-quota-threshold`). */
  withheld(credential: Credential, modelId: string): FailureFacts | undefined;
}

export interface PlanQuotaParts {
  readonly book: QuotaBook;
  /** By model name or pattern: percent of the 5-hour window. */
  readonly thresholds: Readonly<Record<string, number>>;
  readonly now: () => number;
}

/** A figure older than this is asked for anew, beside the request; nor is a vendor asked more often. */
const STALE_MS = 5 * 60_000;
const WINDOW = 'five_hour';

export function openPlanQuota({ book, thresholds, now }: PlanQuotaParts): PlanQuota {
  const find = openThresholds(thresholds);
  /** When each account was last asked. */
  const askedAt = new Map<string, number>();

  const refresh = ({ id, upstream }: Credential): void => {
    const at = now();
    if (upstream.askQuota === undefined || at - (askedAt.get(id) ?? Number.NEGATIVE_INFINITY) < STALE_MS) return;
    askedAt.set(id, at);
    // Nobody waits for it, and an account that does not tell its usage is not limited by it.
    upstream.askQuota().then(
      (facts) => book.note(id, facts),
      () => undefined,
    );
  };

  return {
    note: book.note,
    of: book.of,
    withheld(credential, modelId) {
      if (credential.provider.id !== 'claude') return undefined;
      const threshold = find(modelId);
      if (threshold === undefined) return undefined;
      const facts = book.of(credential.id);
      const at = now();
      if (facts === undefined || at - facts.at > STALE_MS) refresh(credential);
      const window = facts?.windows.find(({ id }) => id === WINDOW);
      if (window === undefined || window.usedPercent < threshold) return undefined;
      if (window.resetsAt !== undefined && window.resetsAt <= at) return undefined;
      const resetMs = window.resetsAt === undefined ? 0 : window.resetsAt - at;
      return exceeded({ modelId, threshold, utilization: window.usedPercent, resetMs });
    },
  };
}

/** The exact name first, then the longest pattern: with the config's order it would depend on who wrote the file. */
function openThresholds(thresholds: Readonly<Record<string, number>>): (modelId: string) => number | undefined {
  const entries = Object.entries(thresholds).toSorted(([a], [b]) => b.length - a.length);
  return (modelId) => {
    const name = modelId.toLowerCase();
    const found =
      entries.find(([pattern]) => pattern.toLowerCase() === name) ??
      entries.find(([pattern]) => matchesName(pattern, modelId));
    return found?.[1];
  };
}

interface Excess {
  readonly modelId: string;
  readonly threshold: number;
  readonly utilization: number;
  readonly resetMs: number;
}

/** The answer's body is a contract of its own, the same for every dialect. */
function exceeded({ modelId, threshold, utilization, resetMs }: Excess): FailureFacts {
  const seconds = Math.ceil(resetMs / 1000);
  const used = Math.round(utilization * 10) / 10;
  const message = `the Claude account has used ${used} % of its 5-hour limit, which is at or above the configured ${threshold} % for ${modelId}`;
  const error = {
    code: 'quota_threshold_exceeded',
    message,
    model: modelId,
    provider: 'claude',
    utilization: used,
    threshold,
    reset_time: durationText(seconds),
    reset_seconds: seconds,
  };
  return {
    reason: 'quota',
    status: 429,
    code: 'quota_threshold_exceeded',
    message,
    retryAfterMs: seconds * 1000,
    body: JSON.stringify({ error }),
    isVerbatim: true,
  };
}

/** `1h2m3s`, `42m0s`, `5s`. */
function durationText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
