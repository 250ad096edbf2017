import { LRUCache } from 'lru-cache';

/** Which credential a conversation uses, so that its prompt cache stays warm. Soft: a hint, never a demand. */
export interface StickySessions {
  /** Reading renews the binding's life. */
  get(sessionKey: string, routeName: string): string | undefined;
  bind(sessionKey: string, routeName: string, credentialId: string): void;
  /** Forgets the binding if it still points to that credential. */
  release(sessionKey: string, routeName: string, credentialId: string): void;
}

const MAX_SESSIONS = 8192;

export function openStickySessions({ ttlMs }: { readonly ttlMs: number }): StickySessions {
  const bindings = new LRUCache<string, string>({ max: MAX_SESSIONS, ttl: ttlMs, updateAgeOnGet: true });
  const keyOf = (sessionKey: string, routeName: string): string => `${routeName} ${sessionKey}`;
  return {
    get: (sessionKey, routeName) => bindings.get(keyOf(sessionKey, routeName)),
    bind: (sessionKey, routeName, credentialId) => void bindings.set(keyOf(sessionKey, routeName), credentialId),
    release(sessionKey, routeName, credentialId) {
      const key = keyOf(sessionKey, routeName);
      if (bindings.peek(key) === credentialId) bindings.delete(key);
    },
  };
}
