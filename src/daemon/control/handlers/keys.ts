import { createHash, randomInt } from 'node:crypto';
import type { lifecycle } from '../../../shared/contract/lifecycle.js';
import type { Handlers } from '../../../shared/contract/route.js';
import { AppError } from '../../../shared/errors.js';
import type { ControlPlane } from '../control-plane.js';

type KeyHandlers = Pick<Handlers<typeof lifecycle>, 'listKeys' | 'addKey' | 'revokeKey'>;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const RANDOM_LENGTH = 32;

/** Client keys; they live in the config's `api-keys` and nowhere else. */
export const keyHandlers = (plane: ControlPlane): KeyHandlers => ({
  listKeys: async () => ({ keys: plane.config()['api-keys'].map(describeKey) }),
  async addKey({ key = generateKey() }) {
    if (/\s/.test(key))
      throw new AppError('key_invalid', 'a client key has no blanks', { hint: 'leave it out to get a random one' });
    await plane.editApiKeys((keys) => {
      if (keys.includes(key)) throw new AppError('key_exists', `the client key ${keyId(key)} exists already`);
      return [...keys, key];
    });
    return { ...describeKey(key), key };
  },
  async revokeKey({ idOrKey }) {
    let revoked: string | undefined;
    await plane.editApiKeys((keys) => {
      revoked = keys.find((key) => key === idOrKey || keyId(key) === idOrKey.toLowerCase());
      if (revoked === undefined) {
        throw new AppError('key_unknown', 'there is no such client key', {
          hint: '`cliproxyctl keys list` shows the ids',
        });
      }
      if (keys.length === 1) {
        throw new AppError(
          'key_last',
          'this is the last client key: without one the gateway is open to every local program',
          {
            hint: 'add another key first, with `cliproxyctl keys add`',
          },
        );
      }
      return keys.filter((key) => key !== revoked);
    });
    return describeKey(revoked ?? idOrKey);
  },
});

/** `sk-cpx-` and 32 random letters and digits: 190 bits. */
const generateKey = (): string =>
  `sk-cpx-${Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;

const describeKey = (key: string): { id: string; masked: string } => ({ id: keyId(key), masked: maskKey(key) });

const keyId = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

/** Enough to recognise a key by, never enough to guess a short one. */
function maskKey(key: string): string {
  if (key.length < 16) return `${key.slice(0, 2)}…`;
  return `${key.slice(0, 7)}…${key.slice(-4)}`;
}
