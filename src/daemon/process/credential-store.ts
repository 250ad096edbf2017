import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../../shared/config/schema.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import { authDirFor, expandHome } from '../../shared/paths.js';
import { openFileStore } from '../storage/file/file-store.js';
import { openSeal, type Seal } from '../storage/file/seal.js';
import type { CredentialStore } from '../storage/ports.js';

export interface StoreQuestion {
  readonly config: Config;
  /** Relative paths in the config start from its folder. */
  readonly configPath: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The store that the config asks for. @throws AppError `passphrase_unreadable` */
export async function openCredentialStore({ config, configPath, env }: StoreQuestion): Promise<CredentialStore> {
  const seal = await sealFor(config, configPath);
  return openFileStore({ folder: authDirFor(config['auth-dir'], { env }), ...(seal === undefined ? {} : { seal }) });
}

async function sealFor({ credentials }: Config, configPath: string): Promise<Seal | undefined> {
  if (credentials.encryption === 'off') return undefined;
  const path = resolve(dirname(configPath), expandHome(credentials['passphrase-file']));
  const passphrase = (
    await readFile(path, 'utf8').catch((cause: unknown) => refuse(path, 'cannot be read', cause))
  ).trim();
  if (passphrase.length < MIN_PASSPHRASE) return refuse(path, `holds less than ${MIN_PASSPHRASE} characters`);
  return openSeal(passphrase);
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
