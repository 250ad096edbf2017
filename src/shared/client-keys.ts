import { createHash } from 'node:crypto';
import { AppError } from './errors.js';
import { EXIT } from './exit.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 32;
const MIN_LENGTH = 8;

export interface KeySummary {
  readonly id: string;
  readonly masked: string;
}

/** What logs, usage and labels call a secret: the first 8 hex digits of its SHA-256. */
export const secretId = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 8);

/** Enough to recognise a key by, never enough to guess a short one. */
export const maskSecret = (secret: string): string =>
  secret.length < 16 ? `${secret.slice(0, 2)}…` : `${secret.slice(0, 7)}…${secret.slice(-4)}`;

export const describeKey = (key: string): KeySummary => ({ id: secretId(key), masked: maskSecret(key) });

/** A client key nobody guesses: `sk-cpx-` and 32 random letters and digits, 190 bits. */
export function newClientKey(randomBytes: (size: number) => Uint8Array): string {
  let key = '';
  while (key.length < LENGTH) {
    // Bytes past the last whole multiple are thrown away, else some letters would be likelier than others.
    const fair = [...randomBytes(LENGTH)].filter((byte) => byte < 256 - (256 % ALPHABET.length));
    key += fair.map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  }
  return `sk-cpx-${key.slice(0, LENGTH)}`;
}

/** @throws `key_too_short`, `key_invalid` or `key_exists` when `key` cannot join `keys`. */
export function checkNewKey(key: string, keys: readonly string[]): void {
  if (key.length < MIN_LENGTH) {
    throw new AppError('key_too_short', `a client key needs at least ${MIN_LENGTH} signs`, { exitCode: EXIT.usage });
  }
  if (/\s/.test(key)) {
    throw new AppError('key_invalid', 'a client key has no blanks', { hint: 'leave it out to get a random one' });
  }
  if (keys.includes(key)) throw new AppError('key_exists', `the client key ${secretId(key)} exists already`);
}

/**
 * The key that `idOrKey` means.
 * @throws `key_unknown`, and `key_last` for the only one.
 */
export function keyToRevoke(idOrKey: string, keys: readonly string[]): string {
  const key = keys.find((one) => one === idOrKey || secretId(one) === idOrKey.toLowerCase());
  if (key === undefined) {
    throw new AppError('key_unknown', 'there is no such client key', { hint: '`cliproxyctl keys list` shows the ids' });
  }
  if (keys.length === 1) {
    throw new AppError(
      'key_last',
      'this is the last client key: without one the gateway is open to every local program',
      { hint: 'add another key first, with `cliproxyctl keys add`' },
    );
  }
  return key;
}
