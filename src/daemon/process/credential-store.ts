import { randomBytes } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../shared/config/schema.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import { authDirFor, expandHome, resolvePaths } from '../../shared/paths.js';
import { openFileStore } from '../storage/file/file-store.js';
import { openSeal, type Seal } from '../storage/file/seal.js';
import { type Keychain, openKeychain } from '../storage/keychain.js';
import type { CredentialStore } from '../storage/ports.js';
import { withConfigAccounts } from './config-account-store.js';
import { type ConfigAccount, configAccounts } from './config-accounts.js';

export interface StoreQuestion {
  readonly config: Config;
  /** Relative paths in the config start from its folder. */
  readonly configPath: string;
  readonly env: NodeJS.ProcessEnv;
  /** The config in force at the moment, for the accounts that stand in it. */
  readonly current: () => Config;
  /** Tests give one of their own. */
  readonly keychain?: () => Promise<Keychain>;
}

/** The store that the config asks for. @throws AppError `passphrase_unreadable`, `keychain_unavailable` */
export async function openCredentialStore(question: StoreQuestion): Promise<CredentialStore> {
  const { config, env } = question;
  const seal = await sealFor(question);
  const open = (folder: string): CredentialStore => openFileStore({ folder, ...(seal === undefined ? {} : { seal }) });
  const authDir = authDirFor(config['auth-dir'], { env });
  return withConfigAccounts({
    store: open(authDir),
    kept: open(join(resolvePaths({ env }).stateDir, 'config-accounts')),
    accounts: () => accountsIn(question, authDir),
    readText: readIfThere,
    follow(path, onChange) {
      const listener = (): void => onChange();
      watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, listener);
      return () => unwatchFile(path, listener);
    },
  });
}

/** Programs renew their tokens about once an hour. */
const LOOK_EVERY_MS = 5_000;

/** A token file within `auth-dir` is an account already. */
function accountsIn({ current, configPath }: StoreQuestion, authDir: string): readonly ConfigAccount[] {
  return configAccounts(current()).flatMap((account) => {
    if (account.tokenFile === undefined) return [account];
    const tokenFile = resolve(dirname(configPath), expandHome(account.tokenFile));
    return dirname(tokenFile) === authDir ? [] : [{ ...account, tokenFile }];
  });
}

const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });

async function sealFor({ config, configPath, keychain = openKeychain }: StoreQuestion): Promise<Seal | undefined> {
  const { credentials } = config;
  if (credentials.encryption === 'off') return undefined;
  if (credentials.encryption === 'keychain') return openSeal(await secretIn(await keychain()));
  const path = resolve(dirname(configPath), expandHome(credentials['passphrase-file']));
  const passphrase = (
    await readFile(path, 'utf8').catch((cause: unknown) => refuse(path, 'cannot be read', cause))
  ).trim();
  if (passphrase.length < MIN_PASSPHRASE) return refuse(path, `holds less than ${MIN_PASSPHRASE} characters`);
  return openSeal(passphrase);
}

/** Made once, and then the same for every daemon of this user. */
async function secretIn(keychain: Keychain): Promise<string> {
  const kept = await keychain.read();
  if (kept !== undefined) return kept;
  const made = randomBytes(32).toString('base64');
  await keychain.write(made);
  return made;
}

const MIN_PASSPHRASE = 12;

function refuse(path: string, why: string, cause?: unknown): never {
  throw new AppError(
    'passphrase_unreadable',
    `credentials are to be encrypted, and the passphrase file ${path} ${why}`,
    {
      hint: 'correct `credentials.passphrase-file`, or set `credentials.encryption: off`',
      cause,
      exitCode: EXIT.usage,
    },
  );
}
