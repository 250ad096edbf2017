import { isObject } from '../ir/json.js';
import type { QuotaFacts, QuotaWindow } from '../providers/provider.js';
import type { Health } from './health.js';
import { matchesName } from './name-pattern.js';

/** What is known of each account's limits. Lives as long as the process, beside the snapshots. */
export interface QuotaBook {
  /** Lays fresh facts over what is known, window by window, and ends the cooldowns that they refute. */
  note(credentialId: string, facts: QuotaFacts): void;
  of(credentialId: string): QuotaFacts | undefined;
  reset(credentialId?: string): void;
  records(): readonly QuotaRecord[];
  restore(records: readonly QuotaRecord[]): void;
  /** Counts changes, so that nothing is saved twice. */
  revision(): number;
}

export interface QuotaRecord {
  readonly credentialId: string;
  readonly facts: QuotaFacts;
}

/** Whether a record that was kept can be used. */
export function isQuotaRecord(value: unknown): value is QuotaRecord {
  if (!isObject(value) || typeof value['credentialId'] !== 'string' || !isObject(value['facts'])) return false;
  const { windows, at, source } = value['facts'];
  const isKnown = source === 'response-headers' || source === 'usage-call';
  return isKnown && typeof at === 'number' && Array.isArray(windows) && windows.every(isWindow);
}

const isWindow = (value: unknown): boolean =>
  isObject(value) && typeof value['id'] === 'string' && typeof value['usedPercent'] === 'number';

export function openQuotaBook(health: Health): QuotaBook {
  const byCredential = new Map<string, QuotaFacts>();
  let revision = 0;
  return {
    note(credentialId, facts) {
      if (facts.windows.length === 0) return;
      const known = merge(byCredential.get(credentialId), facts);
      byCredential.set(credentialId, known);
      revision++;
      liftCooldowns(health, credentialId, known, facts);
    },
    of: (credentialId) => byCredential.get(credentialId),
    reset(credentialId) {
      if (credentialId === undefined) byCredential.clear();
      else byCredential.delete(credentialId);
      revision++;
    },
    records: () => [...byCredential].map(([credentialId, facts]) => ({ credentialId, facts })),
    restore(records) {
      for (const { credentialId, facts } of records) byCredential.set(credentialId, facts);
    },
    revision: () => revision,
  };
}

/** Headers tell fewer windows than the usage call: what they do not tell is kept. */
function merge(known: QuotaFacts | undefined, fresh: QuotaFacts): QuotaFacts {
  if (fresh.isComplete === true) return fresh;
  const told = new Set(fresh.windows.map(({ id }) => id));
  const kept = known?.windows.filter(({ id }) => !told.has(id)) ?? [];
  const plan = fresh.plan ?? known?.plan;
  return { ...fresh, windows: [...fresh.windows, ...kept], ...(plan === undefined ? {} : { plan }) };
}

/** A quota that has something left again ends the rest it was the reason for, whatever end was told then. */
function liftCooldowns(health: Health, credentialId: string, known: QuotaFacts, fresh: QuotaFacts): void {
  if (health.worst(credentialId, fresh.at) === undefined) return;
  for (const { credentialId: id, modelId, reason } of health.records(fresh.at)) {
    if (id !== credentialId || reason !== 'quota') continue;
    const hasRoom = fresh.windows.some((window) => covers(window, modelId) && window.exhausted === false);
    const isSpent = known.windows.some((window) => covers(window, modelId) && isExhausted(window, fresh.at));
    if (hasRoom && !isSpent) health.clear(credentialId, modelId === '' ? undefined : modelId);
  }
}

/** Whether the window counts requests for that model; an empty name means all models. */
const covers = ({ models }: QuotaWindow, modelId: string): boolean =>
  models === undefined || (modelId !== '' && matchesName(models, modelId));

const isExhausted = ({ exhausted, resetsAt }: QuotaWindow, now: number): boolean =>
  exhausted === true && (resetsAt === undefined || resetsAt > now);
