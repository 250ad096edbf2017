import { LRUCache } from 'lru-cache';

/** What a conversation is known by. `second`: an older or wider name of it, whose binding the first one takes over. */
export interface SessionIds {
  readonly id: string;
  readonly second?: string;
}

/**
 * Which credential a conversation uses, so that its prompt cache stays warm. Soft: a hint, never a demand. A binding holds
 * for one scope, see `Route`.
 */
export interface StickySessions {
  /** Reading renews the binding's life. */
  get(session: SessionIds, scope: string): string | undefined;
  /** Changes nothing. */
  peek(session: SessionIds, scope: string): string | undefined;
  bind(session: SessionIds, scope: string, credentialId: string): void;
  /** Forgets the binding, under all its names, if it still points to that credential. */
  release(session: SessionIds, scope: string, credentialId: string): void;
  /** Forgets all bindings to a credential, or all. */
  reset(credentialId?: string): void;
  /** All bindings, the longest unused first. */
  records(): readonly BindingRecord[];
  /** Takes back those whose life is not over. */
  restore(records: readonly BindingRecord[], now: number): void;
  /** Counts changes, so that nothing is saved twice. */
  revision(): number;
}

/** A binding as it is kept over restarts. */
export interface BindingRecord {
  /** Scope and session. */
  readonly key: string;
  readonly credentialId: string;
  /** Last use, in epoch milliseconds. */
  readonly usedAt: number;
}

/** About 10 MB when full. Fewer than there are live conversations would be worse than none: each would push out another. */
const MAX_NAMES = 32_768;
/** Names of one conversation; the oldest goes first. */
const MAX_ALIASES = 64;

interface Binding {
  credentialId: string;
  readonly keys: string[];
}

export function openStickySessions({ ttlMs }: { readonly ttlMs: number }): StickySessions {
  const bindings = new LRUCache<string, Binding>({ max: MAX_NAMES, ttl: ttlMs, updateAgeOnGet: true });
  let revision = 0;

  const join = (binding: Binding, key: string): void => {
    if (bindings.peek(key) === binding) return;
    if (binding.keys.length >= MAX_ALIASES) drop(binding, binding.keys.shift());
    binding.keys.push(key);
    bindings.set(key, binding);
    revision++;
  };
  // A name may have been pushed out, and be somebody else's by now.
  const drop = (binding: Binding, key: string | undefined): void => {
    if (key !== undefined && bindings.peek(key) === binding) bindings.delete(key);
  };
  const find = ({ id, second }: SessionIds, scope: string): Binding | undefined => {
    const key = `${scope} ${id}`;
    const binding = bindings.get(key);
    if (binding !== undefined || second === undefined) return binding;
    const older = bindings.get(`${scope} ${second}`);
    if (older !== undefined) join(older, key);
    return older;
  };

  return {
    get: (session, scope) => find(session, scope)?.credentialId,
    peek: ({ id, second }, scope) =>
      (bindings.peek(`${scope} ${id}`) ?? (second === undefined ? undefined : bindings.peek(`${scope} ${second}`)))
        ?.credentialId,
    bind(session, scope, credentialId) {
      const found = find(session, scope);
      const binding: Binding = found ?? { credentialId, keys: [] };
      if (binding.credentialId !== credentialId) {
        binding.credentialId = credentialId;
        revision++;
      }
      // The first name last: when names are dropped, it is the one to keep.
      if (session.second !== undefined) join(binding, `${scope} ${session.second}`);
      join(binding, `${scope} ${session.id}`);
    },
    release(session, scope, credentialId) {
      const binding = bindings.peek(`${scope} ${session.id}`);
      if (binding?.credentialId !== credentialId) return;
      for (const key of binding.keys) drop(binding, key);
      revision++;
    },
    reset(credentialId) {
      if (credentialId === undefined) bindings.clear();
      else {
        for (const [key, bound] of [...bindings.entries()])
          if (bound.credentialId === credentialId) bindings.delete(key);
      }
      revision++;
    },
    records: () =>
      bindings.dump().map(([key, { value, start }]) => ({
        key,
        credentialId: value.credentialId,
        usedAt: start ?? 0,
      })),
    restore(records, now) {
      const live = records.filter(({ usedAt }) => usedAt + ttlMs > now);
      bindings.load(
        live.map(({ key, credentialId, usedAt }) => [
          key,
          { value: { credentialId, keys: [key] }, ttl: ttlMs, start: usedAt },
        ]),
      );
    },
    revision: () => revision,
  };
}
