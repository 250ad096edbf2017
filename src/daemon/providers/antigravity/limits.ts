import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { accountKeyOf } from './fields.js';

/** What a limit is about: it decides how long to wait where nothing is told, and for whom. */
export type LimitKind = 'quota' | 'rate' | 'capacity' | 'server' | 'unknown';

const SECOND_MS = 1000;
const HOUR_MS = 60 * 60 * SECOND_MS;

/** Waits where none is told, by the number of failures before; the last one repeats (antigravity.md 7.3). */
const WAITS_S: Readonly<Record<LimitKind, readonly [number, ...number[]]>> = {
  quota: [60, 300, 1800, 7200],
  rate: [5],
  capacity: [5, 10, 15],
  server: [8],
  unknown: [60],
};

interface Count {
  readonly failures: number;
  /** The end of the wait that the last one brought. */
  readonly until: number;
}

/** Failures in a row of one account: by model, and of the account as a whole. */
export interface AccountLimits {
  /** Counts one, and gives the wait. `toldMs`: what the answer itself says. */
  fail(limit: { readonly kind: LimitKind; readonly modelId: string; readonly toldMs: number | undefined }): number;
  /** An answer was good. */
  worked(modelId: string): void;
  /** Purchased credits are used up: they are left alone for a while. */
  creditsAreEmpty(): void;
  mayUseCredits(): boolean;
  /** As if nothing had failed yet. */
  reset(): void;
}

/** The account as a whole; no model has an empty id. */
const WHOLE = '';
/** Who buys more meanwhile is not kept waiting for long. */
const CREDITS_RECHECK_MS = HOUR_MS;

function openLimits(now: () => number): AccountLimits {
  const counts = new Map<string, Count>();
  let creditsFrom = 0;
  return {
    fail({ kind, modelId, toldMs }) {
      const at = now();
      const [firstWait, ...longer] = WAITS_S[kind];
      // Trouble of the service's own says nothing of the account.
      if (kind === 'server') return toldMs ?? firstWait * SECOND_MS;
      const scope = kind === 'rate' ? WHOLE : modelId;
      const before = counts.get(scope);
      // The quiet hour begins when the account may be asked again.
      const isFresh = before !== undefined && at < before.until + HOUR_MS;
      const isRunning = isFresh && at < before.until;
      // Requests that are refused at the same time are one failure.
      const failures = !isFresh ? 0 : isRunning ? before.failures - 1 : before.failures;
      const step = longer[Math.min(failures, longer.length) - 1] ?? firstWait;
      const until = Math.max(isRunning ? before.until : 0, at + (toldMs ?? step * SECOND_MS));
      counts.set(scope, { failures: failures + 1, until });
      return until - at;
    },
    worked(modelId) {
      counts.delete(modelId);
      counts.delete(WHOLE);
    },
    creditsAreEmpty() {
      creditsFrom = now() + CREDITS_RECHECK_MS;
    },
    mayUseCredits: () => creditsFrom <= now(),
    reset() {
      counts.clear();
      creditsFrom = 0;
    },
  };
}

/** They outlive the upstream, which is opened anew with every token: that is once an hour, and a quota lasts longer. */
const known = new WeakMap<AccountContext['http'], Map<string, AccountLimits>>();

/** The limits of an account in this process. */
export function limitsOf(fields: JsonObject, { http, clock }: AccountContext): AccountLimits {
  const accounts = known.get(http) ?? new Map<string, AccountLimits>();
  known.set(http, accounts);
  const key = accountKeyOf(fields);
  const limits = accounts.get(key) ?? openLimits(clock.now);
  accounts.set(key, limits);
  return limits;
}
