import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.js';
import type { CredentialFile, CredentialFiles } from '../control/control-plane.js';
import type { JsonObject } from '../ir/json.js';
import { typeOf } from '../runtime/accounts.js';
import type { Accounts } from './accounts.js';

const MAX_TRIES = 5;
/** What is larger is not read any more. */
const MAX_BYTES = 1_000_000;

/** The files of `auth-dir` as web UIs see them. */
export function openCredentialFiles(accounts: Accounts, folder: string): CredentialFiles {
  const { store } = accounts;
  return {
    async list() {
      const readable = accounts.current().map(({ name, fields }) => ({ name, fields }));
      const unreadable = accounts.unreadable().map(({ name, reason }) => ({ name, fields: {}, problem: reason }));
      const found = [...readable, ...unreadable].map((file) => describe({ ...file, path: join(folder, file.name) }));
      const files = await Promise.all(found);
      return files
        .filter((file) => file !== undefined)
        .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
    },
    async put(name, make) {
      const { providerOf } = await accounts.renewal();
      for (let tries = 1; ; tries++) {
        const stored = await store.read(name);
        // Whatever came in as JSON is JSON.
        const fields = make(stored?.fields) as JsonObject;
        if (Buffer.byteLength(JSON.stringify(fields)) > MAX_BYTES) throw malformed('it is larger than 1 MB');
        if (typeOf(fields) === '') throw malformed('it has no "type" that says whose login it is');
        // A file of another program's provider is kept as it is; one of ours must be of use.
        if (stored === undefined || fields['access_token'] !== stored.fields['access_token']) {
          providerOf(fields)?.read(fields);
        }
        try {
          await store.write(name, fields, stored?.revision ?? null);
          return await accounts.reload();
        } catch (error) {
          // A refresh may be writing too: what stands there now decides.
          const isLostRace = error instanceof AppError && error.code === 'credential_changed';
          if (!isLostRace || tries === MAX_TRIES) throw error;
        }
      }
    },
    async remove(name) {
      const isThere = await store.withLock(name, () => store.remove(name));
      await accounts.reload();
      return isThere;
    },
  };
}

const malformed = (message: string): AppError => new AppError('credential_malformed', message);

/** `undefined`: it has just gone. */
async function describe(
  file: Pick<CredentialFile, 'name' | 'path' | 'fields' | 'problem'>,
): Promise<CredentialFile | undefined> {
  try {
    const { size, mtimeMs, birthtimeMs } = await lstat(file.path);
    return { ...file, size, modifiedAt: mtimeMs, createdAt: birthtimeMs > 0 ? birthtimeMs : mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
