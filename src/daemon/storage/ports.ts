import type { JsonObject } from '../ir/json.js';

/** A credential as it is kept: one flat JSON object, fields we do not know included. */
export interface StoredCredential {
  /** The file's name, `claude-ann@example.com.json`; unique, and stable as long as nobody renames it. */
  readonly name: string;
  /** Differs whenever the content does; compared on writes. */
  readonly revision: string;
  readonly fields: JsonObject;
}

/** A credential that is there but cannot be used: not JSON, a symlink, unreadable, or sealed with another key. */
export interface UnreadableCredential {
  readonly name: string;
  /** Never quotes the content. */
  readonly reason: string;
}

export interface StoredCredentials {
  /** By name, ignoring case. */
  readonly credentials: readonly StoredCredential[];
  readonly unreadable: readonly UnreadableCredential[];
}

/** Credentials that logins make. A write is atomic, and on disk before its promise resolves. */
export interface CredentialStore {
  list(): Promise<StoredCredentials>;
  read(name: string): Promise<StoredCredential | undefined>;
  /**
   * Writes the whole object. `ifRevision` absent: whatever stands there is replaced; `null`: nothing may stand there.
   * @throws AppError `credential_changed` when another content stands there.
   */
  write(name: string, fields: JsonObject, ifRevision?: string | null): Promise<StoredCredential>;
  /** `false`: it was not there. @throws AppError `credential_changed` */
  remove(name: string, ifRevision?: string): Promise<boolean>;
  /** @throws AppError `credential_exists` when the new name is taken, `credential_unknown`. */
  rename(from: string, to: string): Promise<StoredCredential>;
  /** At most one holder for a name anywhere, other processes included; a holder that died is replaced. */
  withLock<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Told, coalesced, that something changed, by us or from outside. */
  watch(onChange: () => void): { close(): Promise<void> };
}
