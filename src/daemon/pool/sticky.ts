import { LRUCache } from 'lru-cache';

/** Which credential a conversation uses, so that its prompt cache stays warm. Soft: a hint, never a demand. */
export interface StickySessions {
  /** Reading renews the binding's life. */
  get(sessionKey: string, routeName: string): string | undefined;
  /** Without renewing it. */
  peek(sessionKey: string, routeName: string): string | undefined;
  bind(sessionKey: string, routeName: string, credentialId: string): void;
  /** Forgets the binding if it still points to that credential. */
  release(sessionKey: string, routeName: string, credentialId: string): void;
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
  /** Route and session. */
  readonly key: string;
  readonly credentialId: string;
  /** Last use, in epoch milliseconds. */
  readonly usedAt: number;
}

const MAX_SESSIONS = 8192;

export function openStickySessions({ ttlMs }: { readonly ttlMs: number }): StickySessions {
  const bindings = new LRUCache<string, string>({ max: MAX_SESSIONS, ttl: ttlMs, updateAgeOnGet: true });
  const keyOf = (sessionKey: string, routeName: string): string => `${routeName} ${sessionKey}`;
  let revision = 0;
  return {
    get: (sessionKey, routeName) => bindings.get(keyOf(sessionKey, routeName)),
    peek: (sessionKey, routeName) => bindings.peek(keyOf(sessionKey, routeName)),
    bind(sessionKey, routeName, credentialId) {
      bindings.set(keyOf(sessionKey, routeName), credentialId);
      revision++;
    },
    release(sessionKey, routeName, credentialId) {
      const key = keyOf(sessionKey, routeName);
      if (bindings.peek(key) !== credentialId) return;
      bindings.delete(key);
      revision++;
    },
    reset(credentialId) {
      if (credentialId === undefined) bindings.clear();
      else for (const [key, bound] of [...bindings.entries()]) if (bound === credentialId) bindings.delete(key);
      revision++;
    },
    records: () => bindings.dump().map(([key, { value, start }]) => ({ key, credentialId: value, usedAt: start ?? 0 })),
    restore(records, now) {
      const live = records.filter(({ usedAt }) => usedAt + ttlMs > now);
      bindings.load(
        live.map(({ key, credentialId, usedAt }) => [key, { value: credentialId, ttl: ttlMs, start: usedAt }]),
      );
    },
    revision: () => revision,
  };
}
