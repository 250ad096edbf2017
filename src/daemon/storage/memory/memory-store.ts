import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../ir/json.js';
import { changed, checkName, exists, unknown } from '../errors.js';
import type { CredentialStore, StoredCredential } from '../ports.js';

/** Credentials that live as long as the process: for tests and embedding. */
export function openMemoryStore(initial: Readonly<Record<string, JsonObject>> = {}): CredentialStore {
  const entries = new Map<string, StoredCredential>();
  const watchers = new Set<() => void>();
  const lines = new Map<string, Promise<unknown>>();
  let count = 0;

  const put = (name: string, fields: JsonObject): StoredCredential => {
    const entry = { name, revision: `r${++count}`, fields: structuredClone(fields) };
    entries.set(name, entry);
    for (const tell of watchers) tell();
    return entry;
  };
  const drop = (name: string): void => {
    entries.delete(name);
    for (const tell of watchers) tell();
  };
  for (const [name, fields] of Object.entries(initial)) put(name, fields);

  const write: CredentialStore['write'] = async (name, fields, ifRevision) => {
    checkName(name);
    const found = entries.get(name);
    if (ifRevision !== undefined && (ifRevision ?? undefined) !== found?.revision) throw changed(name);
    return found !== undefined && isDeepStrictEqual(found.fields, fields) ? found : put(name, fields);
  };

  return {
    async list() {
      const credentials = [...entries.values()].filter(({ fields }) => typeof fields['type'] === 'string');
      credentials.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
      return { credentials, unreadable: [] };
    },
    async read(name) {
      checkName(name);
      return entries.get(name);
    },
    write,
    // It ends with its process: nothing to make room for.
    reserve: async ({ name, revision }) => ({
      isAfterCutOff: false,
      write: (fields) => write(name, fields, revision),
      release: async () => undefined,
    }),
    async remove(name, ifRevision) {
      checkName(name);
      const found = entries.get(name);
      if (found === undefined) return false;
      if (ifRevision !== undefined && ifRevision !== found.revision) throw changed(name);
      drop(name);
      return true;
    },
    async rename(from, to) {
      checkName(from);
      checkName(to);
      const found = entries.get(from);
      if (entries.has(to)) throw exists(to);
      if (found === undefined) throw unknown(from);
      entries.delete(from);
      return put(to, found.fields);
    },
    withLock(name, run) {
      checkName(name);
      const done = (lines.get(name) ?? Promise.resolve()).then(run);
      lines.set(
        name,
        done.then(
          () => undefined,
          () => undefined,
        ),
      );
      return done;
    },
    watch(onChange) {
      watchers.add(onChange);
      return {
        async close() {
          watchers.delete(onChange);
        },
      };
    },
  };
}
