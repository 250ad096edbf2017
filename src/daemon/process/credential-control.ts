import { editConfig, writeConfigFile } from '../../shared/config/edit.js';
import { readConfigFile } from '../../shared/config/load.js';
import type { CredentialChange, CredentialImport, CredentialSummary } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import type { CredentialControl } from '../control/control-plane.js';
import { isObject, type JsonObject, parseJson } from '../ir/json.js';
import { READ_ONLY_FIELD } from '../login/renew.js';
import type { Logger } from '../observe/log.js';
import { accountIdOf, typeOf } from '../runtime/accounts.js';
import type { StoredCredential } from '../storage/ports.js';
import { openAccountQuota } from './account-quota.js';
import type { Accounts } from './accounts.js';
import type { ConfigHolder } from './config-holder.js';
import type { Workers } from './workers.js';

export interface CredentialControlParts {
  readonly accounts: Accounts;
  readonly holder: ConfigHolder;
  readonly workers: Workers;
  readonly configPath: string;
  readonly now: () => number;
  readonly log: Logger;
  /** All credentials as they are listed, files and config entries. */
  readonly summaries: () => Promise<CredentialSummary[]>;
}

const MAX_TRIES = 5;

/** Changes to credentials, by whoever is on the local socket. */
export function openCredentialControl(parts: CredentialControlParts): CredentialControl {
  const { accounts, holder, configPath, summaries, log } = parts;
  const { store } = accounts;
  const quota = openAccountQuota({ ...parts, config: () => holder.current().config });

  const summaryOf = async (id: string): Promise<CredentialSummary> => {
    const found = (await summaries()).find((each) => each.id === id);
    if (found === undefined) throw unknown(id);
    return found;
  };
  /** The file, or why there is none. */
  const fileOf = async (id: string): Promise<StoredCredential> => {
    const found = accounts.find(id);
    if (found !== undefined) return found;
    const { label, source } = await summaryOf(id);
    if (source === 'file') throw leftAlone(label);
    throw new AppError('credential_in_config', `${label} stands in the config file`, {
      hint: `edit ${configPath}, or switch it off with \`cliproxyctl credentials disable ${id}\``,
    });
  };
  const idOf = ({ name, fields }: StoredCredential): string => accountIdOf(typeOf(fields), name);

  /** Lays a change over the file as it is at that moment: a refresh may be writing too. */
  const rewrite = async (name: string, change: (fields: JsonObject) => JsonObject): Promise<void> => {
    for (let tries = 1; ; tries++) {
      const stored = await store.read(name);
      if (stored === undefined) throw unknown(name);
      try {
        await store.write(name, change(stored.fields), stored.revision);
        return await accounts.reload();
      } catch (error) {
        const isLostRace = error instanceof AppError && error.code === 'credential_changed';
        if (!isLostRace || tries === MAX_TRIES) throw error;
      }
    }
  };

  const updateEntry = async (change: CredentialChange): Promise<CredentialSummary> => {
    const { editsFor, idAt, placeOf } = await import('./config-entries.js');
    let id = change.id;
    await holder.edit(async () => {
      const text = await readConfigFile(configPath);
      const place = placeOf(text, change.id);
      if (place === undefined) throw unknown(change.id);
      const next = editConfig(text, editsFor(text, place, change));
      await writeConfigFile(configPath, next);
      id = idAt(next, place) ?? id;
    });
    return summaryOf(id);
  };

  return {
    async update(change) {
      const file = accounts.find(change.id);
      if (file !== undefined) {
        await rewrite(file.name, (fields) => withChange(fields, change));
        return summaryOf(change.id);
      }
      const { source } = await summaryOf(change.id);
      return source === 'config'
        ? updateEntry(change)
        : Promise.reject(await fileOf(change.id).catch((error) => error));
    },
    async remove({ id, revoke = false }) {
      const { name } = await fileOf(id);
      const { providerOf, contextOf } = await accounts.renewal();
      // Not while a refresh is under way: it would be told of a file that is gone.
      const revoked = await store.withLock(name, async () => {
        const stored = await store.read(name);
        const provider = stored && providerOf(stored.fields);
        let isRevoked = false;
        if (revoke && stored !== undefined && provider?.revoke !== undefined) {
          try {
            await provider.revoke(stored.fields, contextOf(provider, stored.fields));
            isRevoked = true;
          } catch (err) {
            log.warn({ err, credential: name }, 'the vendor could not be told that the login is over');
          }
        }
        await store.remove(name);
        return isRevoked;
      });
      await accounts.reload();
      log.info({ credential: name, revoked }, 'credential removed');
      return { removed: name, revoked };
    },
    async export(id) {
      const { name } = await fileOf(id);
      const stored = await store.read(name);
      if (stored === undefined) throw unknown(id);
      return { name, content: `${JSON.stringify(stored.fields, null, 2)}\n` };
    },
    async rename({ id, name }) {
      const file = await fileOf(id);
      const renamed = await store.withLock(file.name, () => store.rename(file.name, name));
      await accounts.reload();
      return summaryOf(idOf(renamed));
    },
    async refresh(id) {
      const { name } = await fileOf(id);
      const { refresher } = await accounts.renewal();
      const result = await refresher.force(name);
      if (result.kind === 'impossible') {
        throw new AppError('credential_not_refreshable', `${name} cannot be renewed: ${result.reason}`);
      }
      return summaryOf(id);
    },
    import: (query) => importFiles(accounts, query),
    async quota(query) {
      const found = query.id === undefined ? undefined : await fileOf(query.id);
      return quota.read(found === undefined ? accounts.current() : [found], query.refresh === true);
    },
  };
}

const unknown = (id: string): AppError =>
  new AppError('credential_unknown', `there is no credential "${id}"`, {
    hint: 'run `cliproxyctl credentials` for the ids',
  });

const leftAlone = (label: string): AppError =>
  new AppError('credential_unreadable', `${label} cannot be read, and is left alone`, {
    hint: 'look at that file in the `auth-dir` of the config',
  });

function withChange(fields: JsonObject, { id: _, ...change }: CredentialChange): JsonObject {
  const changed = { ...fields };
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === '') delete changed[name];
    else if (value !== undefined) changed[name] = value;
  }
  return changed;
}

async function importFiles(accounts: Accounts, { files, replace = false }: CredentialImport) {
  const { providerOf } = await accounts.renewal();
  const { store } = accounts;
  const imported: { name: string; id: string; label: string }[] = [];
  const failed: { name: string; error: string }[] = [];
  for (const { name, content, readOnly = false } of files) {
    try {
      const given = fieldsOf(content);
      const fields = readOnly ? { ...given, [READ_ONLY_FIELD]: true } : given;
      // A file of another program's provider is kept as it is; one of ours must be of use.
      const label = providerOf(fields)?.read(fields).label ?? typeOf(fields);
      await store.withLock(name, () => store.write(name, fields, replace ? undefined : null));
      imported.push({ name, id: accountIdOf(typeOf(fields), name), label });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const isTaken = error.code === 'credential_changed' && !replace;
      failed.push({ name, error: isTaken ? 'there is a credential of that name already' : error.message });
    }
  }
  if (imported.length > 0) await accounts.reload();
  return { imported, failed };
}

function fieldsOf(content: string): JsonObject {
  const value = parseJson(content);
  if (!isObject(value)) throw new AppError('credential_malformed', 'it is not a JSON object');
  if (typeOf(value) === '') throw new AppError('credential_malformed', 'it has no "type" that says whose login it is');
  return value;
}
