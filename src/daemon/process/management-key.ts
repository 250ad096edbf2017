import { editConfig, writeConfigFile } from '../../shared/config/edit.js';
import { hashConfig, parseConfig } from '../../shared/config/load.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import { MAX_KEY_BYTES } from '../control/access.js';

/** The cost that related gateways have. */
const COST = 10;
const KEY_PATH = ['remote-management', 'secret-key'] as const;

/** Whether it is the key of that hash. */
export async function verifyManagementKey(key: string, hash: string): Promise<boolean> {
  const { compare } = await import('bcryptjs');
  return compare(key, hash);
}

/** A config text, with a hash in place of a management key in plain text. */
export type HideManagementKey = (text: string) => Promise<string>;

/**
 * Hashes a plain management key and writes the hash into the file; where that cannot be written, it is at least not used in plain
 * text. The same text becomes the same again.
 */
export function openManagementKeyHiding(path: string, onProblem: (error: unknown) => void): HideManagementKey {
  let last: { readonly text: string; readonly hidden: string } | undefined;
  return async (text) => {
    if (last?.text === text) return last.hidden;
    const { config } = parseConfig(text, { path });
    const key = config?.['remote-management']['secret-key'].trim() ?? '';
    if (key === '' || isHash(key)) return text;
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw tooLong();
    const { hash } = await import('bcryptjs');
    const hidden = editConfig(text, [{ type: 'set', path: KEY_PATH, value: await hash(key, COST) }]);
    last = { text, hidden };
    try {
      await writeConfigFile(path, hidden, { expectedHash: hashConfig(text) });
    } catch (error) {
      onProblem(error);
    }
    return hidden;
  };
}

/** As related gateways tell: a broken hash is nobody's key. */
const isHash = (key: string): boolean => /^\$2[aby]\$/.test(key);

const tooLong = (): AppError =>
  new AppError('config_invalid', `\`remote-management.secret-key\` is longer than ${MAX_KEY_BYTES} bytes`, {
    hint: 'choose a shorter key: bcrypt would not look at the rest',
    exitCode: EXIT.usage,
  });
