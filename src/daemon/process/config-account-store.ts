import { hash } from 'node:crypto';
import { AppError } from '../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../ir/json.js';
import { READ_ONLY_FIELD } from '../login/renew.js';
import type { CredentialStore, StoredCredential, UnreadableCredential } from '../storage/ports.js';
import { type ConfigAccount, isConfigAccountName } from './config-accounts.js';

export interface ConfigAccountStoreParts {
  /** The files that logins made. */
  readonly store: CredentialStore;
  /** What vendors renewed of accounts in the config: the config itself is the user's, and never written for it. */
  readonly kept: CredentialStore;
  readonly accounts: () => readonly ConfigAccount[];
  /** `undefined`: it is not there. @throws where it cannot be read */
  readonly readText: (path: string) => Promise<string | undefined>;
  /** Calls back when the file has changed, come or gone, until the returned function is called. */
  readonly follow: (path: string, onChange: () => void) => () => void;
}

/** A renewal gives these, and nothing else of such an account may be written. */
const RENEWED: ReadonlySet<string> = new Set([
  'access_token',
  'refresh_token',
  'profile_arn',
  'expires_at',
  'last_refresh',
]);

/** Adds the accounts of the config to those of files, so that all of them are used, renewed and shown alike. */
export function withConfigAccounts(parts: ConfigAccountStoreParts): CredentialStore {
  const { store, kept, readText } = parts;
  const followers = openFollowers(parts);

  const find = (name: string): ConfigAccount | undefined =>
    isConfigAccountName(name) ? parts.accounts().find((account) => account.name === name) : undefined;

  const look = async (account: ConfigAccount): Promise<StoredCredential | UnreadableCredential> => {
    const { name, fields, tokenFile } = account;
    if (tokenFile === undefined) return stored(name, { ...fields, ...renewedIn((await kept.read(name))?.fields) });
    const text = await readText(tokenFile).catch(() => null);
    const file = typeof text === 'string' ? parseJson(text) : undefined;
    if (isObject(file)) return stored(name, overFile(file, fields));
    const why = text === null ? 'cannot be read' : text === undefined ? 'is not there' : 'is no JSON object';
    return { name, reason: `the token file ${tokenFile} of ${account.place} ${why}` };
  };
  const readOne = async (account: ConfigAccount): Promise<StoredCredential | undefined> => {
    const found = await look(account);
    return 'fields' in found ? found : undefined;
  };

  /** The renewed tokens alone, where nothing but tokens has changed. */
  const renewalOf = (account: ConfigAccount, before: StoredCredential | undefined, next: JsonObject): JsonObject => {
    const names = new Set([...Object.keys(next), ...Object.keys(before?.fields ?? {})]);
    const isSame = (name: string): boolean => JSON.stringify(before?.fields[name]) === JSON.stringify(next[name]);
    const isRenewal = [...names].every((name) => RENEWED.has(name) || isSame(name));
    if (!isRenewal || account.tokenFile !== undefined) throw inConfig(account);
    return { type: String(account.fields['type']), ...renewedIn(next) };
  };

  return {
    async list() {
      const accounts = parts.accounts();
      followers.update(accounts);
      const listed = await store.list();
      if (accounts.length === 0) return listed;
      const found = await Promise.all(accounts.map(look));
      const names = new Set(accounts.map(({ name }) => name));
      return {
        credentials: sorted([
          ...listed.credentials.filter(({ name }) => !names.has(name)),
          ...found.filter((each) => 'fields' in each),
        ]),
        unreadable: sorted([
          ...listed.unreadable.filter(({ name }) => !names.has(name)),
          ...found.filter((each) => 'reason' in each),
        ]),
      };
    },
    read(name) {
      const account = find(name);
      return account === undefined ? store.read(name) : readOne(account);
    },
    async write(name, fields, ifRevision) {
      const account = find(name);
      if (account === undefined) return store.write(name, fields, ifRevision);
      const before = await readOne(account);
      if (ifRevision !== undefined && ifRevision !== before?.revision) throw changed(name);
      await kept.write(name, renewalOf(account, before, fields));
      return (await readOne(account)) ?? stored(name, fields);
    },
    async reserve(given) {
      const account = find(given.name);
      if (account === undefined) return store.reserve(given);
      const base =
        (await kept.read(given.name)) ?? (await kept.write(given.name, renewalOf(account, given, given.fields)));
      const room = await kept.reserve(base);
      return {
        isAfterCutOff: room.isAfterCutOff,
        async write(fields) {
          await room.write(renewalOf(account, given, fields));
          return (await readOne(account)) ?? stored(given.name, fields);
        },
        release: room.release,
      };
    },
    async remove(name, ifRevision) {
      const account = find(name);
      if (account !== undefined) throw inConfig(account);
      return store.remove(name, ifRevision);
    },
    async rename(from, to) {
      const account = find(from) ?? find(to);
      if (account !== undefined) throw inConfig(account);
      return store.rename(from, to);
    },
    withLock: (name, run) => (find(name) === undefined ? store : kept).withLock(name, run),
    watch(onChange) {
      const watch = store.watch(onChange);
      followers.begin(onChange);
      return {
        async close() {
          followers.end();
          await watch.close();
        },
      };
    },
  };
}

/** Follows the token files that the config names, whichever those are at the time. */
function openFollowers({ accounts, follow }: ConfigAccountStoreParts) {
  const followed = new Map<string, () => void>();
  let tell: (() => void) | undefined;
  const update = (now: readonly ConfigAccount[]): void => {
    if (tell === undefined) return;
    const paths = new Set(now.flatMap(({ tokenFile }) => tokenFile ?? []));
    for (const [path, stop] of followed) {
      if (paths.has(path)) continue;
      stop();
      followed.delete(path);
    }
    for (const path of paths) if (!followed.has(path)) followed.set(path, follow(path, tell));
  };
  return {
    update,
    begin(onChange: () => void) {
      tell = onChange;
      update(accounts());
    },
    end() {
      tell = undefined;
      for (const stop of followed.values()) stop();
      followed.clear();
    },
  };
}

/** What the entry says wins, but for the region, which the file knows better than a default does. */
function overFile(file: JsonObject, fields: JsonObject): JsonObject {
  const { region, ...settings } = fields;
  // Whoever wrote the file renews it: redeeming its one-use token would log that program out.
  return { region, ...file, ...settings, [READ_ONLY_FIELD]: true };
}

const renewedIn = (fields: JsonObject = {}): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => RENEWED.has(name)));

const stored = (name: string, fields: JsonObject): StoredCredential => ({
  name,
  revision: hash('sha256', JSON.stringify(fields), 'hex'),
  fields,
});

const sorted = <T extends { readonly name: string }>(items: readonly T[]): readonly T[] =>
  items.toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));

const changed = (name: string): AppError =>
  new AppError('credential_changed', `the account ${name} was changed by someone else in the meantime`);

const inConfig = ({ place }: ConfigAccount): AppError =>
  new AppError('credential_in_config', `this account stands in the config file, as ${place}`, {
    hint: 'change or remove its entry there',
  });
