import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Clock } from '../../shared/clock.js';
import type { AccountContext } from '../login/account-context.js';
import type { Logger } from '../observe/log.js';
import type { AccountProvider } from '../providers/account.js';
import { type ListedModelInfo, toListed } from '../runtime/account-models.js';
import type { StoredCredential } from '../storage/ports.js';

export interface AccountModelsParts {
  /** Keeps the last good lists over restarts. */
  readonly path: string;
  readonly providerOf: (fields: StoredCredential['fields']) => AccountProvider | undefined;
  readonly contextOf: (provider: AccountProvider, fields: StoredCredential['fields']) => AccountContext;
  readonly clock: Clock;
  readonly log: Logger;
  /** Some account's list is another one now. */
  readonly onChanged: () => void;
}

/** What each account may use, by its vendor: asked beside all requests, never for one. */
export interface AccountModels {
  of(name: string): readonly ListedModelInfo[] | undefined;
  /** Asks where it was not asked for long, or in vain; the answers come through `onChanged`. */
  update(credentials: readonly StoredCredential[]): void;
  /** Resolves when nothing is being asked. */
  idle(): Promise<void>;
}

const FRESH_MS = 6 * 60 * 60_000;
const RETRY_MS = 10 * 60_000;

interface Kept {
  readonly models: readonly ListedModelInfo[];
  /** Epoch milliseconds. */
  readonly at: number;
}

const listedSchema = z.custom<ListedModelInfo>((value) => modelShape.safeParse(value).success);
const modelShape = z.looseObject({ id: z.string(), userDefined: z.boolean(), traits: z.array(z.string()) });
const fileSchema = z.object({
  version: z.literal(1),
  accounts: z.record(z.string(), z.object({ at: z.number(), models: z.array(listedSchema) })),
});

export async function openAccountModels(parts: AccountModelsParts): Promise<AccountModels> {
  const { path, providerOf, contextOf, clock, log, onChanged } = parts;
  const known = new Map<string, Kept>(await readKept(path, log));
  /** Not to be asked again before this, unless the file changes. */
  const failed = new Map<string, { readonly revision: string; readonly retryAt: number }>();
  const asking = new Map<string, Promise<void>>();

  const ask = async (credential: StoredCredential, provider: AccountProvider): Promise<void> => {
    const { name, revision, fields } = credential;
    try {
      const listed = (await provider.listModels?.(fields, contextOf(provider, fields)))?.map(toListed);
      if (listed === undefined) return;
      const isNew = JSON.stringify(known.get(name)?.models) !== JSON.stringify(listed);
      known.set(name, { models: listed, at: clock.now() });
      failed.delete(name);
      if (!isNew) return;
      await keep();
      onChanged();
    } catch (err) {
      failed.set(name, { revision, retryAt: clock.now() + RETRY_MS });
      log.warn({ err, credential: name }, 'the models of this account cannot be listed, the last list stays');
    }
  };

  const keep = async (): Promise<void> => {
    try {
      const text = JSON.stringify({ version: 1, accounts: Object.fromEntries(known) });
      await writeFileAtomic(path, text, { mode: 0o600 });
    } catch (err) {
      log.warn({ err }, 'model lists of accounts cannot be kept over a restart');
    }
  };

  const isDue = ({ name, revision }: StoredCredential, freshMs: number): boolean => {
    const failure = failed.get(name);
    if (failure?.revision === revision && failure.retryAt > clock.now()) return false;
    const kept = known.get(name);
    return kept === undefined || failure !== undefined || clock.now() - kept.at > freshMs;
  };

  return {
    of: (name) => known.get(name)?.models,
    update(credentials) {
      const names = new Set(credentials.map(({ name }) => name));
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
      for (const credential of credentials) {
        const provider = providerOf(credential.fields);
        if (provider?.listModels === undefined || credential.fields['disabled'] === true) continue;
        if (asking.has(credential.name) || !isDue(credential, provider.listFreshMs ?? FRESH_MS)) continue;
        asking.set(
          credential.name,
          ask(credential, provider).finally(() => asking.delete(credential.name)),
        );
      }
    },
    async idle() {
      while (asking.size > 0) await Promise.all(asking.values());
    },
  };
}

async function readKept(path: string, log: Logger): Promise<[string, Kept][]> {
  try {
    return Object.entries(fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).accounts);
  } catch (err) {
    const isMissing = err instanceof Error && 'code' in err && err.code === 'ENOENT';
    if (!isMissing) log.warn({ err }, 'kept model lists of accounts cannot be read, they are asked for anew');
    return [];
  }
}
