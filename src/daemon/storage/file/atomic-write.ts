import { basename, dirname, join } from 'node:path';
import type { FileSystem } from './file-system.js';
import { ignoreMissing } from './locks.js';
import type { Owners } from './owner.js';
import { mendPendingFile, openPendingFile, type PendingFile, syncFolder } from './pending-file.js';

export interface AtomicWriterParts {
  /** For what is not finished yet; on the same file system as the targets. */
  readonly folder: string;
  readonly files: FileSystem;
  readonly owners: Owners;
  readonly now: () => number;
}

/** What is to be replaced. */
export interface WriteTarget {
  readonly path: string;
  readonly key: string;
  /** What tells the content that is replaced. */
  readonly base: string;
}

/**
 * Replaces files in one go. Beyond what `write-file-atomic` does, the folder is synced too, room can be made before the
 * content is known, and a write whose process was killed after its content was safe is finished by the next one: it may
 * hold the only copy of a rotated token.
 */
export interface AtomicWriter {
  /** On disk when it resolves. */
  write(target: WriteTarget, text: string): Promise<void>;
  /** Makes room for a content that is fetched next. */
  reserve(target: Pick<WriteTarget, 'key' | 'base'>, bytes: number): Promise<ReservedFile>;
  /**
   * Finishes, or drops, what dead processes left of their writes over `base`. The caller holds the lock for writing. Room
   * that was made and never filled stays as a sign until another content stands there.
   */
  recover(target: WriteTarget): Promise<void>;
  /** Whether a process died between making room over this content and filling it. */
  isCutOff(target: Pick<WriteTarget, 'key' | 'base'>): Promise<boolean>;
  /** Keys with writes that their process did not finish. */
  abandoned(): Promise<ReadonlySet<string>>;
  /** Drops what nobody came back for. */
  sweep(): Promise<void>;
}

export interface ReservedFile {
  readonly fill: PendingFile['fill'];
  readonly moveTo: PendingFile['moveTo'];
  /** To be called at the end, whatever that is: takes away what holds nothing. */
  release(): Promise<void>;
}

/** A login that has not been renewed for so long has ended. */
const ABANDONED_AFTER_MS = 90 * 24 * 60 * 60_000;

/** A write whose content was there from the start, and one that had to wait for it. */
const PLAIN = 'new';
const RESERVED = 'reserved';

interface Entry {
  readonly path: string;
  readonly key: string;
  readonly base: string;
  readonly kind: string;
  readonly isGone: boolean;
}

export function openAtomicWriter({ folder, files, owners, now }: AtomicWriterParts): AtomicWriter {
  /** Those of this process that hold a content and could not be put in place: like those of dead ones. */
  const stranded = new Set<string>();

  const makeFolder = async (): Promise<void> => {
    const made = await files.mkdir(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(files, dirname(folder));
  };

  const begin = async (
    { key, base }: Pick<WriteTarget, 'key' | 'base'>,
    kind: string,
    room: number,
  ): Promise<{ readonly path: string; readonly file: PendingFile }> => {
    await makeFolder();
    const path = join(folder, `${key}.${base}.${owners.mark()}.${kind}`);
    return { path, file: await openPendingFile(files, path, room) };
  };

  const entryOf = async (name: string): Promise<Entry | undefined> => {
    const [key = '', base = '', ...rest] = name.split('.');
    const kind = rest.pop() ?? '';
    if (kind !== PLAIN && kind !== RESERVED) return undefined;
    const path = join(folder, name);
    const found = await files.stat(path).catch(ignoreMissing);
    if (found === undefined) return undefined;
    const mark = rest.join('.');
    const isGone = stranded.has(path) || owners.isGone(mark, now() - found.mtimeMs);
    return { path, key, base, kind, isGone };
  };

  const gone = async (isWanted: (name: string) => boolean): Promise<readonly Entry[]> => {
    const names = (await namesIn(files, folder)).filter(isWanted);
    const entries = (await Promise.all(names.map(entryOf))).filter((entry) => entry !== undefined);
    // Of two over the same content the one that may hold a rotated token counts.
    return entries
      .filter(({ isGone }) => isGone)
      .sort((a, b) => Number(b.kind === RESERVED) - Number(a.kind === RESERVED));
  };

  return {
    async write(target, text) {
      const { path, file } = await begin(target, PLAIN, 0);
      try {
        await file.fill(text);
        await file.moveTo(target.path);
      } catch (error) {
        await file.close();
        await files.rm(path, { force: true });
        throw error;
      }
    },
    async reserve(target, bytes) {
      const { path, file } = await begin(target, RESERVED, bytes);
      let isMoved = false;
      return {
        fill: (text) => file.fill(text),
        async moveTo(place) {
          await file.moveTo(place);
          isMoved = true;
        },
        async release() {
          await file.close();
          if (isMoved) return;
          // What is filled may be the only copy: whoever holds the lock next puts it in place, or sees a newer one there.
          if (file.isFilled) stranded.add(path);
          else await files.rm(path, { force: true });
        },
      };
    },
    async recover({ path: target, key, base }) {
      for (const entry of await gone((name) => name.startsWith(`${key}.`))) {
        const isCurrent = entry.base === base;
        if (isCurrent && (await mendPendingFile(files, entry.path)) === 'whole') {
          await files.rename(entry.path, target);
          await syncFolder(files, dirname(target));
          return;
        }
        if (!isCurrent || entry.kind === PLAIN) await files.rm(entry.path, { force: true });
      }
    },
    async isCutOff({ key, base }) {
      return (await gone((name) => name.startsWith(`${key}.${base}.`))).some(({ kind }) => kind === RESERVED);
    },
    async abandoned() {
      return new Set((await gone(() => true)).map(({ key }) => key));
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
