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

/** Room for the content that will follow a stored one, made before it is known. */
export interface Reservation {
  /** A process died between reserving over this same content and writing: what it went to fetch may be lost. */
  readonly isAfterCutOff: boolean;
  /**
   * Writes over the content that the room was made for, once. The sooner it is called, the less can be lost: from its first
   * step on, whoever takes the lock next finishes the write if this process is killed.
   * @throws AppError `credential_changed` when another content stands there by now.
   */
  write(fields: JsonObject): Promise<StoredCredential>;
  /** To be called in the end, whatever that is. */
  release(): Promise<void>;
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
  /**
   * Before a token is spent for its successor; the caller holds the lock.
   * @throws AppError `credential_unwritable`: there is no room, or no permission.
   */
  reserve(stored: StoredCredential): Promise<Reservation>;
  /** `false`: it was not there. @throws AppError `credential_changed` */
  remove(name: string, ifRevision?: string): Promise<boolean>;
  /** @throws AppError `credential_exists` when the new name is taken, `credential_unknown`. */
  rename(from: string, to: string): Promise<StoredCredential>;
  /** At most one holder for a name anywhere, other processes included; a holder that died is replaced. */
  withLock<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Told, coalesced, that something changed, by us or from outside. */
  watch(onChange: () => void): { close(): Promise<void> };
}
