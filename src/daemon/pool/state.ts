import { type Health, type HealthRecord, openHealth } from './health.js';
import { type Loads, openLoads } from './loads.js';
import { openQuotaBook, type QuotaBook, type QuotaRecord } from './quota.js';
import { openSelector, type Selector, type SelectorName } from './selectors.js';
import { type BindingRecord, openStickySessions, type StickySessions } from './sticky.js';

/** What outlives a reload of the configuration. */
export interface PoolState {
  readonly health: Health;
  readonly loads: Loads;
  /** What is known of accounts' limits. */
  readonly quota: QuotaBook;
  /** The same selector as before unless the strategy changed: cursors go on. */
  selector(name: SelectorName): Selector;
  /** The same bindings as before, with their new life if that changed. */
  sessions(ttlMs: number): StickySessions;
  /** Forgets cooldowns and bindings of one credential, or all. */
  reset(credentialId?: string): void;
  /** What a restart must not lose. */
  records(now: number): PoolRecords;
  /** Takes back what is not over yet; before the first call of `sessions`. */
  restore(records: PoolRecords, now: number): void;
  /** Differs from an earlier one if there is something new to save. */
  revision(): string;
}

export interface PoolRecords {
  readonly cooldowns: readonly HealthRecord[];
  readonly bindings: readonly BindingRecord[];
  readonly quotas?: readonly QuotaRecord[];
}

export function openPoolState(): PoolState {
  const health = openHealth();
  const loads = openLoads();
  const quota = openQuotaBook(health);
  let selector: { readonly name: SelectorName; readonly value: Selector } | undefined;
  let sessions: { readonly ttlMs: number; readonly value: StickySessions } | undefined;
  let restored: readonly BindingRecord[] = [];
  return {
    health,
    loads,
    quota,
    selector(name) {
      if (selector?.name !== name) selector = { name, value: openSelector(name) };
      return selector.value;
    },
    sessions(ttlMs) {
      if (sessions?.ttlMs !== ttlMs) {
        const value = openStickySessions({ ttlMs });
        value.restore(sessions?.value.records() ?? restored, Date.now());
        sessions = { ttlMs, value };
        restored = [];
      }
      return sessions.value;
    },
    reset(credentialId) {
      health.reset(credentialId);
      quota.reset(credentialId);
      sessions?.value.reset(credentialId);
    },
    records: (now) => ({
      cooldowns: health.records(now),
      bindings: sessions?.value.records() ?? restored,
      quotas: quota.records(),
    }),
    restore({ cooldowns, bindings, quotas = [] }, now) {
      health.restore(cooldowns, now);
      quota.restore(quotas);
      restored = bindings;
    },
    revision: () => `${health.revision()} ${sessions?.value.revision() ?? 0} ${quota.revision()}`,
  };
}
