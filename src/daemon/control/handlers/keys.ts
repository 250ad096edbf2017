import { randomBytes } from 'node:crypto';
import { checkNewKey, describeKey, keyToRevoke, newClientKey } from '../../../shared/client-keys.js';
import type { lifecycle } from '../../../shared/contract/lifecycle.js';
import type { Handlers } from '../../../shared/contract/route.js';
import type { ControlPlane } from '../control-plane.js';

type KeyHandlers = Pick<Handlers<typeof lifecycle>, 'listKeys' | 'addKey' | 'revokeKey'>;

/** Client keys; they live in the config's `api-keys` and nowhere else. */
export const keyHandlers = (plane: ControlPlane): KeyHandlers => ({
  listKeys: async () => ({ keys: plane.config()['api-keys'].map(describeKey) }),
  async addKey({ key = newClientKey(randomBytes) }) {
    await plane.editApiKeys((keys) => {
      checkNewKey(key, keys);
      return [...keys, key];
    });
    return { ...describeKey(key), key };
  },
  async revokeKey({ idOrKey }) {
    let revoked = idOrKey;
    await plane.editApiKeys((keys) => {
      revoked = keyToRevoke(idOrKey, keys);
      return keys.filter((key) => key !== revoked);
    });
    return describeKey(revoked);
  },
});
