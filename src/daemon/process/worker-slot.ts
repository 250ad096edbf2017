import type { Status } from '../../shared/contract/lifecycle.js';
import type { WorkerHandle } from './fork.js';
import type { WorkerSummary } from './link.js';

export type WorkerStatus = Status['workers'][number];

/** One worker as the primary keeps it, from its start to its end. */
export interface Slot {
  readonly id: number;
  readonly handle: WorkerHandle;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  state: WorkerStatus['state'];
  configHash?: string;
  /** Ends its share of the connections. */
  leave?: (() => void) | undefined;
  /** The last one it gave; a busy worker is shown with it. */
  summary?: WorkerSummary;
}

export function describeSlot({ id, handle, state, startedAt, summary, configHash }: Slot): WorkerStatus {
  return {
    id,
    pid: handle.pid,
    state,
    startedAt,
    inFlight: summary?.inFlight ?? 0,
    ...(configHash === undefined ? {} : { configHash }),
  };
}

/** Requests add up over workers, `past` ones included; models and credentials are the same in each. */
export function totalsOf(slots: readonly Slot[], past: { requests: number; failures: number }): WorkerSummary {
  const totals = { inFlight: 0, ...past, models: 0, credentials: 0, coolingCredentials: 0 };
  for (const { summary } of slots) {
    if (summary === undefined) continue;
    totals.inFlight += summary.inFlight;
    totals.requests += summary.requests;
    totals.failures += summary.failures;
    totals.models = Math.max(totals.models, summary.models);
    totals.credentials = Math.max(totals.credentials, summary.credentials);
    totals.coolingCredentials = Math.max(totals.coolingCredentials, summary.coolingCredentials);
  }
  return totals;
}
