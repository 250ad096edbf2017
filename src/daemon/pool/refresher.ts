import type { Clock } from '../../shared/clock.js';
import type { RefreshView } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import type { JsonObject } from '../ir/json.js';
import type { AccountContext } from '../login/account-context.js';
import type { AccountFacts, AccountProvider } from '../providers/account.js';
import type { CredentialStore, Reservation, StoredCredential } from '../storage/ports.js';
import { refreshDueAt } from './refresh-times.js';

export interface RefresherParts {
  readonly store: CredentialStore;
  /** By the file's `type`. */
  readonly providerOf: (fields: JsonObject) => AccountProvider | undefined;
  readonly contextOf: (provider: AccountProvider, fields: JsonObject) => AccountContext;
  /** The config keeps it out of use: it is renewed for nobody. */
  readonly isSwitchedOff?: (fields: JsonObject) => boolean;
  readonly clock: Clock;
  /** Refreshes at the same time. */
  readonly workers: number;
  /** Another content stands in the store: handed on to whoever uses it before the refresh is done. */
  readonly onStored: (credential: StoredCredential) => Promise<void>;
  readonly onEvent: (event: RefreshEvent) => void;
}

export interface RefreshEvent {
  readonly name: string;
  readonly kind: RefreshResult['kind'];
  readonly reason?: string;
  readonly nextAt?: number;
}

export type RefreshResult =
  /** The vendor gave a new token, and it is on disk. */
  | { readonly kind: 'renewed' | 'adopted'; readonly credential: StoredCredential }
  | { readonly kind: 'failed' | 'login-needed'; readonly reason: string }
  /** Nothing to do it with, or no such credential. */
  | { readonly kind: 'impossible'; readonly reason: string };

/** Keeps tokens fresh: ahead of time, and when one was refused. */
export interface Refresher {
  /** The credentials as they are now. One that changed is scheduled anew, and what it failed with is forgotten. */
  update(credentials: readonly StoredCredential[]): void;
  /** After a 401: renews, unless another token stands in the store by now. Shares one that is under way. */
  renew(name: string, staleTokenId: string): Promise<RefreshResult>;
  /** Because a person says so: due or not, failed a moment ago or not. */
  force(name: string): Promise<RefreshResult>;
  view(name: string): RefreshView | undefined;
  close(): Promise<void>;
}

const BACKOFF_MS = 5 * 60_000;
/** A token that is still due right after its refresh, or that could not be written, is tried again after this. */
const AGAIN_MS = 30_000;
/** However far the next one is: a machine that slept wakes up late. */
const LONGEST_SLEEP_MS = 30_000;
const MAX_WRITES = 5;

interface Entry {
  readonly revision: string;
  readonly isOff: boolean;
  readonly facts: AccountFacts | undefined;
  /** Epoch milliseconds; absent: not on its own. */
  dueAt: number | undefined;
  view: RefreshView | undefined;
  /** Not before this, after a failure. */
  blockedUntil: number;
  isOver: boolean;
}

/** New tokens that the vendor gave and the disk did not take: the old ones are spent. */
interface Unsaved {
  readonly tokenId: string;
  readonly fields: JsonObject;
}

interface NewTokens {
  readonly provider: AccountProvider;
  readonly before: StoredCredential;
  readonly facts: AccountFacts;
  readonly fields: JsonObject;
  readonly room?: Reservation;
}

/** Why a vendor may call a token spent that nobody here knows to be. */
const CUT_OFF =
  'an earlier renewal was cut off when its process was ended, and the new token that the vendor may have given was lost with it';

export function openRefresher(parts: RefresherParts): Refresher {
  const { store, providerOf, contextOf, clock, workers, onStored, onEvent, isSwitchedOff = () => false } = parts;
  const entries = new Map<string, Entry>();
  const running = new Map<string, Promise<RefreshResult>>();
  const unsaved = new Map<string, Unsaved>();
  const slots = openSlots(workers);
  const closing = new AbortController();
  let wake = new AbortController();

  const read = (provider: AccountProvider, fields: JsonObject): AccountFacts | undefined => {
    try {
      return provider.read(fields);
    } catch (error) {
      // The list of credentials says what is wrong with it.
      if (error instanceof AppError) return undefined;
      throw error;
    }
  };

  const entryFor = ({ revision, fields }: StoredCredential): Entry => {
    const provider = providerOf(fields);
    const facts = provider && read(provider, fields);
    const isOff = fields['disabled'] === true || isSwitchedOff(fields);
    const dueAt = facts === undefined || isOff ? undefined : refreshDueAt(facts, fields, clock.now());
    return { revision, isOff, facts, dueAt, view: undefined, blockedUntil: 0, isOver: false };
  };

  /** Under the lock: whatever another process did is on disk by now. */
  const exchange = async (name: string, staleTokenId: string | undefined): Promise<RefreshResult> => {
    const stored = await store.read(name);
    const provider = stored && providerOf(stored.fields);
    const facts = stored && provider && read(provider, stored.fields);
    if (stored === undefined || provider === undefined || facts === undefined) {
      return { kind: 'impossible', reason: 'it is not there any more, or cannot be read' };
    }
    if (staleTokenId !== undefined && facts.tokenId !== staleTokenId) return { kind: 'adopted', credential: stored };
    if (!facts.canRefresh) return { kind: 'impossible', reason: 'it has nothing to be renewed with' };
    const kept = unsaved.get(name);
    if (kept?.tokenId === facts.tokenId) return save({ provider, before: stored, facts, fields: kept.fields });
    // Made before the old token is spent: then the new one needs a single step to be safe.
    const room = await store.reserve(stored);
    try {
      const outcome = await provider.refresh(stored.fields, contextOf(provider, stored.fields));
      if (outcome.kind === 'renewed')
        return await save({ provider, before: stored, facts, fields: outcome.fields, room });
      // Somebody who does not know our lock may have been faster, and made our refresh token a spent one.
      const now = await store.read(name);
      if (now !== undefined && read(provider, now.fields)?.tokenId !== facts.tokenId) {
        return { kind: 'adopted', credential: now };
      }
      if (outcome.kind === 'failed') block(name, outcome.retryAfterMs ?? BACKOFF_MS);
      const isLost = outcome.kind === 'login-needed' && room.isAfterCutOff;
      return { kind: outcome.kind, reason: isLost ? `${outcome.reason}; ${CUT_OFF}` : outcome.reason };
    } finally {
      await room.release();
    }
  };

  /** Only ever lays new tokens over the ones that were spent for them. */
  const save = async ({ provider, before, facts, fields, room }: NewTokens): Promise<RefreshResult> => {
    const { name } = before;
    unsaved.set(name, { tokenId: facts.tokenId, fields });
    let stored = before;
    let place = room;
    for (let writes = 1; ; writes++) {
      try {
        const content = { ...stored.fields, ...fields };
        const credential = await (place?.write(content) ?? store.write(name, content, stored.revision));
        unsaved.delete(name);
        return { kind: 'renewed', credential };
      } catch (error) {
        const isChanged = error instanceof AppError && error.code === 'credential_changed';
        if (!isChanged || writes === MAX_WRITES) {
          block(name, AGAIN_MS);
          return { kind: 'failed', reason: `the new token could not be written: ${messageOf(error)}` };
        }
      }
      place = undefined;
      const now = await store.read(name);
      const isOurs = now !== undefined && read(provider, now.fields)?.tokenId === facts.tokenId;
      if (!isOurs) unsaved.delete(name);
      if (now === undefined) return { kind: 'impossible', reason: 'it was removed in the meantime' };
      if (!isOurs) return { kind: 'adopted', credential: now };
      stored = now;
    }
  };

  const block = (name: string, ms: number): void => {
    const entry = entries.get(name);
    if (entry !== undefined) entry.blockedUntil = clock.now() + ms;
  };

  const run = async (name: string, staleTokenId: string | undefined): Promise<RefreshResult> => {
    const at = clock.now();
    const begun = entries.get(name);
    if (begun !== undefined) begun.view = { state: 'refreshing', at };
    let result: RefreshResult;
    try {
      result = await slots.use(() => store.withLock(name, () => exchange(name, staleTokenId)));
      if ('credential' in result) await onStored(result.credential);
    } catch (error) {
      block(name, BACKOFF_MS);
      result = { kind: 'failed', reason: messageOf(error) };
    }
    settle(name, result);
    return result;
  };

  const settle = (name: string, result: RefreshResult): void => {
    const now = clock.now();
    if ('credential' in result) {
      const entry = entryFor(result.credential);
      if (entry.dueAt !== undefined) entry.dueAt = Math.max(entry.dueAt, now + AGAIN_MS);
      entry.view = { state: 'ok', at: now };
      entries.set(name, entry);
      onEvent({ name, kind: result.kind });
    } else {
      const entry = entries.get(name);
      if (entry !== undefined) fail(entry, result, now);
      const nextAt = entry?.dueAt;
      onEvent({ name, kind: result.kind, reason: result.reason, ...(nextAt === undefined ? {} : { nextAt }) });
    }
    wake.abort();
  };

  const fail = (entry: Entry, { kind, reason }: { kind: RefreshResult['kind']; reason: string }, at: number): void => {
    if (kind === 'failed') {
      entry.dueAt = Math.max(entry.blockedUntil, at + AGAIN_MS);
      entry.view = { state: 'failed', at, reason, nextAt: entry.dueAt };
      return;
    }
    // One that could not be read just now may be readable later, with the same content.
    entry.dueAt = kind === 'impossible' && entry.facts?.canRefresh === true ? at + BACKOFF_MS : undefined;
    entry.isOver = kind === 'login-needed';
    entry.view = kind === 'login-needed' ? { state: 'login-needed', at, reason } : undefined;
  };

  /** One at a time for a credential: whoever comes meanwhile gets the same result. */
  const start = (name: string, staleTokenId: string | undefined): Promise<RefreshResult> => {
    const under = running.get(name);
    if (under !== undefined) return under;
    const work = run(name, staleTokenId).finally(() => running.delete(name));
    running.set(name, work);
    return work;
  };

  const schedule = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      wake = new AbortController();
      const now = clock.now();
      let next = now + LONGEST_SLEEP_MS;
      for (const [name, { dueAt, facts }] of entries) {
        if (dueAt === undefined || running.has(name)) continue;
        if (dueAt <= now) void start(name, facts?.tokenId);
        else next = Math.min(next, dueAt);
      }
      const signal = AbortSignal.any([wake.signal, closing.signal]);
      await clock.sleep(next - now, signal).catch(() => undefined);
    }
  };
  const scheduled = schedule();

  return {
    update(credentials) {
      const names = new Set(credentials.map(({ name }) => name));
      for (const name of entries.keys()) if (!names.has(name)) entries.delete(name);
      for (const credential of credentials) {
        const known = entries.get(credential.name);
        const entry = entryFor(credential);
        if (known?.revision !== entry.revision || known.isOff !== entry.isOff) entries.set(credential.name, entry);
      }
      wake.abort();
    },
    async renew(name, staleTokenId) {
      const entry = entries.get(name);
      const isOurs = entry?.facts?.tokenId === staleTokenId;
      if (isOurs && entry.isOver) return { kind: 'login-needed', reason: entry.view?.reason ?? 'the login is over' };
      if (isOurs && entry.blockedUntil > clock.now() && !running.has(name)) {
        return { kind: 'failed', reason: entry.view?.reason ?? 'the last refresh failed a moment ago' };
      }
      return start(name, staleTokenId);
    },
    force: (name) => start(name, undefined),
    view(name) {
      const entry = entries.get(name);
      if (entry === undefined || entry.view !== undefined) return entry?.view && withNext(entry.view, entry.dueAt);
      if (entry.dueAt === undefined) return undefined;
      return { state: entry.dueAt <= clock.now() ? 'due' : 'ok', nextAt: entry.dueAt };
    },
    async close() {
      closing.abort();
      // A rotation that has begun must end on disk.
      await Promise.allSettled([...running.values()]);
      await scheduled;
    },
  };
}

const withNext = (view: RefreshView, nextAt: number | undefined): RefreshView =>
  nextAt === undefined || view.state === 'refreshing' ? view : { ...view, nextAt };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Lets at most `count` run at the same time, in the order they came. */
function openSlots(count: number): { use<T>(run: () => Promise<T>): Promise<T> } {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async use(run) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await run();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
