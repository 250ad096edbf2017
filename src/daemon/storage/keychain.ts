import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';

/** One secret of this user that the operating system keeps. */
export interface Keychain {
  /** @throws AppError `keychain_unavailable`, as the next one. */
  read(): Promise<string | undefined>;
  write(secret: string): Promise<void>;
}

const SERVICE = 'cliproxyctl';
const ACCOUNT = 'credential files';

/**
 * The keychain of macOS, the Credential Manager of Windows, or the Secret Service (GNOME Keyring, KWallet) of Linux. Not the
 * kernel's keyring, which forgets with the next boot.
 */
export async function openKeychain(): Promise<Keychain> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    const entry = new AsyncEntry(SERVICE, ACCOUNT, { linux: { store: 'secret-service' } });
    return {
      read: async () => (await entry.getPassword().catch(refuse)) ?? undefined,
      write: (secret) => entry.setPassword(secret).catch(refuse),
    };
  } catch (cause) {
    return refuse(cause);
  }
}

function refuse(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new AppError(
    'keychain_unavailable',
    `credentials are to be encrypted, and the keychain is not to be had: ${why}`,
    {
      hint: 'log in to a desktop session with an unlocked keychain, or use `credentials.encryption: passphrase-file`',
      cause,
      exitCode: EXIT.usage,
    },
  );
}
