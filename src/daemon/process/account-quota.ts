import type { Config } from '../../shared/config/schema.js';
import type { AccountQuota } from '../../shared/contract/credentials.js';
import type { Logger } from '../observe/log.js';
import type { QuotaFacts } from '../providers/quota.js';
import { accountIdOf, typeOf } from '../runtime/accounts.js';
import type { StoredCredential } from '../storage/ports.js';
import type { Accounts, Renewal } from './accounts.js';
import type { Workers } from './workers.js';

export interface AccountQuotaParts {
  readonly accounts: Accounts;
  readonly workers: Workers;
  readonly now: () => number;
  readonly log: Logger;
  readonly config: () => Config;
}

/** Vendors answer 429 to whoever asks more often. */
const FRESH_MS = 5 * 60_000;

interface Asked {
  readonly at: number;
  readonly facts?: QuotaFacts;
  readonly error?: string;
}

/** How much of each account's limits is used: by the vendor's own word, and by what answers told since. */
export function openAccountQuota({ accounts, workers, now, log, config }: AccountQuotaParts) {
  const asked = new Map<string, Asked>();

  const ask = async (credential: StoredCredential, renewal: Renewal, isForced: boolean): Promise<Asked | undefined> => {
    const provider = renewal.providerOf(credential.fields);
    if (provider?.readQuota === undefined) return undefined;
    const switchedOff = provider.switchedOff?.(config());
    if (switchedOff !== undefined) return { at: now(), error: switchedOff };
    const before = asked.get(credential.name);
    if (before !== undefined && !isForced && now() - before.at < FRESH_MS) return before;
    const outcome = await provider.readQuota(credential.fields, renewal.contextOf(provider, credential.fields)).then(
      (facts): Asked => ({ at: now(), facts }),
      (err: unknown): Asked => {
        log.warn({ err, credential: credential.name }, 'the quota of this account cannot be read');
        const error = err instanceof Error ? err.message : String(err);
        return { at: now(), error, ...(before?.facts === undefined ? {} : { facts: before.facts }) };
      },
    );
    asked.set(credential.name, outcome);
    const { facts } = outcome;
    if (outcome.error === undefined && facts !== undefined) {
      const id = accountIdOf(typeOf(credential.fields), credential.name);
      // What rests for a limit that has something left again rests no longer.
      await Promise.all(workers.all().map((worker) => worker.noteQuota({ credential: id, facts })));
    }
    return outcome;
  };

  return {
    /** Accounts of providers we do not have are left out. */
    async read(credentials: readonly StoredCredential[], isForced: boolean): Promise<AccountQuota[]> {
      const renewal = await accounts.renewal();
      const answers = await Promise.all(workers.all().map((worker) => worker.listQuota({})));
      const told = answers.flatMap(({ quota }) => quota);
      const views = credentials.map(async (credential): Promise<AccountQuota[]> => {
        const provider = renewal.providerOf(credential.fields);
        if (provider === undefined) return [];
        const id = accountIdOf(typeOf(credential.fields), credential.name);
        const outcome = await ask(credential, renewal, isForced);
        const facts = merge([
          ...told.flatMap((each) => (each.credential === id ? [each.facts] : [])),
          ...(outcome?.facts === undefined ? [] : [outcome.facts]),
        ]);
        const account = readSafely(() => provider.read(credential.fields));
        const plan = facts?.plan ?? account?.plan;
        return [
          {
            credential: id,
            label: account?.label ?? credential.name,
            provider: provider.id,
            windows: [...(facts?.windows ?? [])],
            ...(plan === undefined ? {} : { plan }),
            ...(facts === undefined ? {} : { source: facts.source, at: facts.at }),
            ...(outcome?.error === undefined ? {} : { error: outcome.error }),
          },
        ];
      });
      return (await Promise.all(views)).flat();
    },
  };
}

/** Window by window, the newest word counts. */
function merge(facts: readonly QuotaFacts[]): QuotaFacts | undefined {
  const inOrder = facts.toSorted((a, b) => a.at - b.at);
  const newest = inOrder.at(-1);
  if (newest === undefined) return undefined;
  const complete = inOrder.findLastIndex(({ isComplete }) => isComplete === true);
  const counted = inOrder.slice(Math.max(0, complete));
  const windows = new Map(counted.flatMap((each) => each.windows.map((window) => [window.id, window] as const)));
  const plan = inOrder.findLast((each) => each.plan !== undefined)?.plan;
  return { ...newest, windows: [...windows.values()], ...(plan === undefined ? {} : { plan }) };
}

function readSafely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // What is wrong with the file stands in the list of credentials.
    return undefined;
  }
}
