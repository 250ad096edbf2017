import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/schema.js';
import type { RefreshView } from '../../shared/contract/credentials.js';
import type { Problem } from '../../shared/contract/lifecycle.js';
import type { AccountContext } from '../login/account-context.js';
import type { LocalFiles } from '../login/local-files.js';
import type { Logger } from '../observe/log.js';
import { secretsIn } from '../observe/secrets.js';
import { openRefresher, type RefreshEvent, type Refresher } from '../pool/refresher.js';
import type { AccountProvider } from '../providers/account.js';
import { accountSettingsOf } from '../runtime/account-settings.js';
import { accountIdOf, type StoredAccount, typeOf } from '../runtime/accounts.js';
import type { CredentialStore, StoredCredential, StoredCredentials, UnreadableCredential } from '../storage/ports.js';
import { type AccountModels, openAccountModels } from './account-models.js';
import type { AccountParts } from './account-parts.js';
import type { StaleToken } from './data-plane.js';

export interface AccountsOptions {
  readonly store: CredentialStore;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly loadParts: () => Promise<AccountParts>;
  /** Hands the credential files to the workers; resolves when they have them. */
  readonly publish: (accounts: readonly StoredAccount[]) => Promise<void>;
  /** Tells the log what it must never show. */
  readonly learn: (secrets: readonly string[]) => void;
  /** Where model lists are kept. */
  readonly modelsPath: string;
  /** Files of other programs, some of which hold what a renewal needs. */
  readonly local?: LocalFiles;
}

/** What needs the vendors. */
export interface Renewal {
  readonly parts: AccountParts;
  readonly refresher: Refresher;
  providerOf(fields: StoredCredential['fields']): AccountProvider | undefined;
  contextOf(provider: AccountProvider, fields: StoredCredential['fields']): AccountContext;
}

/** The credential files as the primary knows them, kept fresh and handed to the workers. */
export interface Accounts {
  readonly store: CredentialStore;
  /** Reads the folder for the first time. */
  open(): Promise<readonly StoredAccount[]>;
  /** Watches the folder and begins to renew tokens; the workers are there. */
  begin(): void;
  current(): readonly StoredCredential[];
  unreadable(): readonly UnreadableCredential[];
  find(id: string): StoredCredential | undefined;
  /** Reads the folder again, and hands on what is new. Resolves when the workers have it. */
  reload(): Promise<void>;
  /** For a worker whose token was refused. */
  renew(stale: StaleToken): Promise<void>;
  renewal(): Promise<Renewal>;
  refreshView(name: string): RefreshView | undefined;
  problems(): readonly Problem[];
  close(): Promise<void>;
}

/** Some programs take a file away for a moment when they write it. */
const REMOVED_AFTER_MS = 1_000;
const MODELS_EVERY_MS = 15 * 60_000;
const DEFAULT_WORKERS = 16;
/** No refresh may hold the lock for ever, whatever a vendor's server does. */
const SIDE_CALL_MS = 120_000;

const NOTHING: StoredCredentials = { credentials: [], unreadable: [] };

export function openAccounts(options: AccountsOptions): Accounts {
  const { store, config, clock, log, publish, learn } = options;
  const closing = new AbortController();
  let current = NOTHING;
  let published: readonly StoredAccount[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  let models: AccountModels | undefined;
  let ready: Renewal | undefined;
  let opening: Promise<Renewal> | undefined;
  let watch: { close(): Promise<void> } | undefined;
  let hasBegun = false;
  let isRenewing = false;

  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };

  const take = async (listed: StoredCredentials): Promise<void> => {
    const unreadable = listed.unreadable.filter((each) => !isAmong(each, current.unreadable));
    for (const { name, reason } of unreadable) log.warn({ credential: name, reason }, 'credential file left alone');
    learn(listed.credentials.flatMap(({ fields }) => secretsIn(fields)));
    current = listed;
    if (hasBegun) startRenewing();
    ready?.refresher.update(listed.credentials);
    models?.update(listed.credentials);
    const accounts = listed.credentials.map((credential): StoredAccount => {
      const offered = models?.of(credential.name);
      return offered === undefined ? credential : { ...credential, models: offered };
    });
    if (isDeepStrictEqual(accounts, published)) return;
    published = accounts;
    if (hasBegun) await publish(accounts);
  };

  const reload = (): Promise<void> => alone(async () => take(await store.list()));

  /** What is gone, or broken, right now may be back in a moment. */
  const reloadPatiently = async (): Promise<void> => {
    const isPatient = await alone(async () => {
      const listed = await store.list();
      const missing = current.credentials.filter(({ name }) => !listed.credentials.some((each) => each.name === name));
      const credentials = [...listed.credentials, ...missing];
      const unreadable = listed.unreadable.filter(({ name }) => !missing.some((each) => each.name === name));
      await take(missing.length === 0 ? listed : { credentials, unreadable });
      return missing.length > 0;
    });
    if (!isPatient) return;
    await clock.sleep(REMOVED_AFTER_MS, closing.signal);
    await reload();
  };

  const report = (error: unknown): void => {
    if (!closing.signal.aborted) log.error({ err: error }, 'credential files cannot be read, those of before stay');
  };

  const openRenewal = async (): Promise<Renewal> => {
    const parts = await options.loadParts();
    const byType = new Map(parts.providers.flatMap((each) => each.types.map((type) => [type.toLowerCase(), each])));
    const providerOf: Renewal['providerOf'] = (fields) => byType.get(typeOf(fields));
    const isSwitchedOff = (fields: StoredCredential['fields']): boolean =>
      providerOf(fields)?.switchedOff?.(config()) !== undefined;
    const contextOf: Renewal['contextOf'] = (provider, fields) => {
      const proxyUrl = fields['proxy_url'] ?? fields['proxy-url'];
      return {
        http: parts.http,
        clock,
        settings: accountSettingsOf(config(), provider),
        signal: AbortSignal.timeout(SIDE_CALL_MS),
        ...(options.local === undefined ? {} : { local: options.local }),
        ...(typeof proxyUrl === 'string' && proxyUrl.trim() !== '' ? { proxyUrl: proxyUrl.trim() } : {}),
      };
    };
    const refresher = openRefresher({
      store,
      providerOf,
      contextOf,
      isSwitchedOff,
      clock,
      workers: config()['auth-auto-refresh-workers'] || DEFAULT_WORKERS,
      onStored: reload,
      onEvent: (event) => logRefresh(log, event),
    });
    const onChanged = (): void => void reload().catch(report);
    models = await openAccountModels({
      path: options.modelsPath,
      providerOf: (fields) => (isSwitchedOff(fields) ? undefined : providerOf(fields)),
      // Unlike a refresh, a list may be given up at any time.
      contextOf: (provider, fields) => ({ ...contextOf(provider, fields), signal: closing.signal }),
      clock,
      log,
      onChanged,
    });
    ready = { parts, refresher, providerOf, contextOf };
    return ready;
  };
  const renewal = (): Promise<Renewal> => {
    opening ??= openRenewal();
    return opening;
  };

  const keepModelsFresh = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      models?.update(current.credentials);
      await clock.sleep(MODELS_EVERY_MS, closing.signal).catch(() => undefined);
    }
  };

  /** Whoever has no login files never loads what talks to vendors. */
  const startRenewing = (): void => {
    if (isRenewing || current.credentials.length === 0) return;
    isRenewing = true;
    void renewal().then(reload).then(keepModelsFresh).catch(report);
  };

  return {
    store,
    async open() {
      await reload();
      return published;
    },
    begin() {
      hasBegun = true;
      watch = store.watch(() => void reloadPatiently().catch(report));
      // What came between the first reading and the watch.
      void reload().catch(report);
      startRenewing();
    },
    current: () => current.credentials,
    unreadable: () => current.unreadable,
    find: (id) => current.credentials.find(({ name, fields }) => accountIdOf(typeOf(fields), name) === id),
    reload,
    async renew({ name, tokenId }) {
      const { refresher } = await renewal();
      await refresher.renew(name, tokenId);
      // One that was renewed just before is on its way to the workers.
      await alone(async () => undefined);
    },
    renewal,
    refreshView: (name) => ready?.refresher.view(name),
    problems: () => current.credentials.flatMap(({ name }) => problemOf(name, ready?.refresher.view(name)) ?? []),
    async close() {
      closing.abort();
      await watch?.close();
      await ready?.refresher.close();
      await models?.idle();
      await queue;
      await ready?.parts.close();
    },
  };
}

const isAmong = (one: UnreadableCredential, many: readonly UnreadableCredential[]): boolean =>
  many.some(({ name, reason }) => name === one.name && reason === one.reason);

function problemOf(name: string, view: RefreshView | undefined): Problem | undefined {
  if (view?.state === 'login-needed') {
    return {
      code: 'credential_login_needed',
      message: `the login of ${name} is over: ${view.reason ?? 'the vendor refused to renew it'}`,
      hint: 'log in again with `cliproxyctl login`',
    };
  }
  if (view?.state !== 'failed') return undefined;
  const again = view.nextAt === undefined ? '' : `; tried again at ${new Date(view.nextAt).toISOString()}`;
  return {
    code: 'credential_refresh_failed',
    message: `the token of ${name} could not be renewed: ${view.reason ?? 'no reason given'}${again}`,
    hint: 'it goes on with the token it has; `cliproxyctl credentials list` shows how it is',
  };
}

function logRefresh(log: Logger, { name, kind, reason, nextAt }: RefreshEvent): void {
  const facts = {
    credential: name,
    reason,
    ...(nextAt === undefined ? {} : { nextAt: new Date(nextAt).toISOString() }),
  };
  switch (kind) {
    case 'renewed':
      return log.info(facts, 'token renewed');
    case 'adopted':
      return log.info(facts, 'token taken over that another process renewed');
    case 'failed':
      return log.warn(facts, 'token could not be renewed');
    case 'login-needed':
      return log.error(facts, 'token cannot be renewed any more: log in again');
    case 'impossible':
      return log.debug(facts, 'token has nothing to be renewed with');
    default:
      return kind satisfies never;
  }
}
