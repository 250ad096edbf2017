const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 24;

/**
 * A fresh id for what Google leaves without one. It must be unique across the whole conversation, and a decoder knows
 * only its own answer, so it is random.
 */
export const mintId = (prefix: string): string =>
  prefix +
  Array.from(crypto.getRandomValues(new Uint8Array(LENGTH)), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
