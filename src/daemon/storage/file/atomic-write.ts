import { basename, dirname, join } from 'node:path';
import type { FileSystem } from './file-system.js';
import { ignoreMissing } from './locks.js';
import type { Owners } from './owner.js';

export interface AtomicWriterParts {
  /** For what is not finished yet; on the same file system as the targets. */
  readonly folder: string;
  readonly files: FileSystem;
  readonly owners: Owners;
  readonly now: () => number;
}

/**
 * Replaces files in one go. Beyond what `write-file-atomic` does, the folder is synced too, and a write whose process was
 * killed after its content was safe is finished by the next one: it may hold the only copy of a rotated token.
 */
export interface AtomicWriter {
  /** On disk when it resolves. `base`: what tells the content that is replaced. */
  write(target: string, key: string, base: string, text: string): Promise<void>;
  /** Finishes, or drops, what dead processes left of their writes to `target`. The caller holds the lock for writing. */
  recover(target: string, key: string, base: string): Promise<void>;
  /** Drops what nobody came back for. */
  sweep(): Promise<void>;
}

const ABANDONED_AFTER_MS = 7 * 24 * 60 * 60_000;

export function openAtomicWriter({ folder, files, owners, now }: AtomicWriterParts): AtomicWriter {
  const put = async (from: string, target: string): Promise<void> => {
    await files.rename(from, target);
    await syncFolder(files, dirname(target));
  };
  return {
    async write(target, key, base, text) {
      await files.mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${key}.${base}.${owners.mark()}.new`);
      try {
        const file = await files.open(path, 'wx', 0o600);
        try {
          await file.writeFile(text);
          await file.sync();
        } finally {
          await file.close();
        }
        await put(path, target);
      } catch (error) {
        await files.rm(path, { force: true });
        throw error;
      }
    },
    async recover(target, key, base) {
      for (const name of await namesIn(files, folder)) {
        if (!name.startsWith(`${key}.`) || !name.endsWith('.new')) continue;
        const path = join(folder, name);
        const found = await files.stat(path).catch(ignoreMissing);
        const [writtenOver = '', ...mark] = name.slice(key.length + 1, -'.new'.length).split('.');
        if (found === undefined || !owners.isGone(mark.join('.'), now() - found.mtimeMs)) continue;
        if (writtenOver === base && isWhole(await files.readFile(path, 'utf8'))) await put(path, target);
        else await files.rm(path, { force: true });
      }
    },
    async sweep() {
      for (const name of await namesIn(files, folder)) {
        const path = join(folder, basename(name));
        const found = await files.stat(path).catch(ignoreMissing);
        if (found !== undefined && now() - found.mtimeMs > ABANDONED_AFTER_MS) await files.rm(path, { force: true });
      }
    },
  };
}

const namesIn = async (files: FileSystem, folder: string): Promise<readonly string[]> =>
  (await files.readdir(folder).catch(ignoreMissing)) ?? [];

/** A JSON object cut short is no JSON. */
function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Without it a power cut may bring the old file back, and with it a token that is spent. */
async function syncFolder(files: FileSystem, folder: string): Promise<void> {
  // Windows cannot open a folder, and keeps its entries in a journal.
  if (process.platform === 'win32') return;
  const handle = await files.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
