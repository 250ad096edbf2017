import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';

/** Keeps credential files unreadable for whoever has the files but not the passphrase. */
export interface Seal {
  seal(text: string): Promise<string>;
  /** @throws when it was sealed with another passphrase, or changed since. */
  unseal(sealed: SealedFile): Promise<string>;
}

/** Without a `type`, so that programs that cannot read it leave it alone. */
const sealedSchema = z.object({
  cliproxyctl_sealed: z.literal(1),
  salt: z.string(),
  nonce: z.string(),
  tag: z.string(),
  data: z.string(),
});
export type SealedFile = z.output<typeof sealedSchema>;

export const readSealed = (value: unknown): SealedFile | undefined => sealedSchema.safeParse(value).data;

const CIPHER = 'aes-256-gcm';
const CONTEXT = Buffer.from('cliproxyctl credential 1');
// OWASP's password storage cheat sheet, 2025: N = 2^17, r = 8, p = 1; takes about 0.3 s, once per salt.
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

export function openSeal(passphrase: string): Seal {
  const keys = new Map<string, Promise<Buffer>>();
  /** One salt for all files where possible: each salt costs a key derivation at start. */
  let salt: string | undefined;
  const keyFor = (wanted: string): Promise<Buffer> => {
    const known = keys.get(wanted) ?? deriveKey(passphrase, Buffer.from(wanted, 'base64'));
    keys.set(wanted, known);
    return known;
  };
  return {
    async seal(text) {
      salt ??= randomBytes(16).toString('base64');
      const used = salt;
      const nonce = randomBytes(12);
      const cipher = createCipheriv(CIPHER, await keyFor(used), nonce).setAAD(CONTEXT);
      const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const file: SealedFile = {
        cliproxyctl_sealed: 1,
        salt: used,
        nonce: nonce.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
        data: data.toString('base64'),
      };
      return `${JSON.stringify(file)}\n`;
    },
    async unseal(sealed) {
      const key = await keyFor(sealed.salt);
      const decipher = createDecipheriv(CIPHER, key, Buffer.from(sealed.nonce, 'base64'), { authTagLength: 16 })
        .setAAD(CONTEXT)
        .setAuthTag(Buffer.from(sealed.tag, 'base64'));
      const data = Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]);
      salt ??= sealed.salt;
      return data.toString('utf8');
    },
  };
}

const deriveKey = (passphrase: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, COST, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
