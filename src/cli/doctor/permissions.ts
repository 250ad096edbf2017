import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file or folder that more people can read than should. */
export interface Exposed {
  readonly path: string;
  readonly mode: number;
  readonly wanted: number;
  readonly isDirectory: boolean;
}

export interface PrivatePlaces {
  readonly configPath: string;
  readonly authDir: string;
}

const PRIVATE_FILE = 0o600;
const PRIVATE_DIR = 0o700;

/** What holds secrets and is open to others: the config, the credential folder and the files in it. */
export async function findExposed({ configPath, authDir }: PrivatePlaces): Promise<readonly Exposed[]> {
  const names = await readdir(authDir, { withFileTypes: true }).catch(() => []);
  const files = names
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => join(authDir, name));
  const looked = await Promise.all([configPath, authDir, ...files].map(look));
  return looked.filter((one) => one !== undefined);
}

async function look(path: string): Promise<Exposed | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const mode = found.mode & 0o777;
  const wanted = found.isDirectory() ? PRIVATE_DIR : PRIVATE_FILE;
  return (mode & ~wanted) === 0 ? undefined : { path, mode, wanted, isDirectory: found.isDirectory() };
}

export const closeExposed = (exposed: Exposed): Promise<void> => chmod(exposed.path, exposed.mode & exposed.wanted);

export const octal = (mode: number): string => `0${mode.toString(8)}`;
