import { lstat, open, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.js';
import { expandHome } from '../../shared/paths.js';
import { type Found, recognise } from './recognise.js';

/** A file that is not imported, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

export interface Gathered {
  readonly found: readonly (Found & { readonly path: string })[];
  readonly skipped: readonly Skipped[];
}

/** Larger than any credential file by far. */
const MAX_BYTES = 256 * 1024;

/** The credentials in these files, and in the files of these folders (not deeper). Changes nothing. */
export async function gatherCredentials(paths: readonly string[]): Promise<Gathered> {
  const found: (Found & { path: string })[] = [];
  const skipped: Skipped[] = [];
  for (const given of paths) {
    const path = expandHome(given, homedir());
    for (const file of await filesOf(path)) {
      const outcome = await look(file);
      if (typeof outcome === 'string') skipped.push({ path: file, reason: outcome });
      else found.push(...outcome.map((one) => ({ ...one, path: file })));
    }
  }
  return { found, skipped };
}

async function filesOf(path: string): Promise<readonly string[]> {
  const stat = await lstat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('import_unreadable', `${path} cannot be read: ${cause.code ?? cause.message}`, { cause });
  });
  if (!stat.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json'))
    .map(({ name }) => join(path, name))
    .toSorted();
}

async function look(path: string): Promise<readonly Found[] | string> {
  // A link in a folder of credentials may lead anywhere; one that is meant can be named by its own path.
  if ((await lstat(path)).isSymbolicLink()) return 'a link';
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
  if (typeof file === 'string') return `cannot be read: ${file}`;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return 'no file';
    if (stat.size > MAX_BYTES) return 'too large for a credential';
    return recognise(path, await file.readFile('utf8')) ?? 'no credential that is known here';
  } finally {
    await file.close();
  }
}
