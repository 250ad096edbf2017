import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../shared/errors.js';
import type { FileSystem } from './file-system.js';
import { type Owners, TOUCH_EVERY_MS } from './owner.js';

export interface Locks {
  /** At most one holder of a key, over all processes that use the folder. */
  hold<T>(key: string, run: () => Promise<T>): Promise<T>;
}

export interface LocksParts {
  /** Made when it is first needed. */
  readonly folder: string;
  readonly files: FileSystem;
  readonly owners: Owners;
  readonly now: () => number;
  readonly random: () => number;
  readonly patienceMs?: number;
}

const FIRST_WAIT_MS = 4;
const LONGEST_WAIT_MS = 50;
/** A holder calls a vendor at most; whoever takes longer is stuck. */
const PATIENCE_MS = 3 * 60_000;

/**
 * Locks without compare-and-delete. Whoever wants one puts a file of his own there, then looks who else is there: nobody
 * alive, and the lock is his; else he takes his file back and tries again. Of two, the later one always sees the earlier
 * one's file. Files of dead processes may be removed by anyone at any time, since no file's name is ever used again.
 */
export function openLocks({ folder, files, owners, now, random, patienceMs = PATIENCE_MS }: LocksParts): Locks {
  /** The last one in line within this process, by key. */
  const lines = new Map<string, Promise<unknown>>();

  const someoneElse = async (key: string, mine?: string): Promise<boolean> => {
    const names = await files.readdir(folder);
    const others = names.filter((name) => name.startsWith(`${key}.`) && name.endsWith('.lock') && name !== mine);
    for (const name of others) {
      const path = join(folder, name);
      const touched = await files.stat(path).catch(ignoreMissing);
      if (touched === undefined) continue;
      const mark = name.slice(key.length + 1, -'.lock'.length);
      if (!owners.isGone(mark, now() - touched.mtimeMs)) return true;
      await files.rm(path, { force: true });
    }
    return false;
  };

  const acquire = async (key: string): Promise<string> => {
    await files.mkdir(folder, { recursive: true, mode: 0o700 });
    const giveUpAt = now() + patienceMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)) {
      if (!(await someoneElse(key))) {
        const name = `${key}.${owners.mark()}.lock`;
        const path = join(folder, name);
        await (await files.open(path, 'wx', 0o600)).close();
        if (!(await someoneElse(key, name))) return path;
        await files.rm(path, { force: true });
      }
      if (now() > giveUpAt) throw locked(folder);
      await sleep(waitMs * (0.5 + random()));
    }
  };

  const hold = async <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const path = await acquire(key);
    const touching = setInterval(() => {
      const at = new Date(now());
      files.utimes(path, at, at).catch(ignoreMissing);
    }, TOUCH_EVERY_MS);
    touching.unref();
    try {
      return await run();
    } finally {
      clearInterval(touching);
      await files.rm(path, { force: true });
    }
  };

  return {
    hold(key, run) {
      const before = lines.get(key) ?? Promise.resolve();
      const done = before.then(() => hold(key, run));
      const settled = done.then(
        () => undefined,
        () => undefined,
      );
      lines.set(key, settled);
      void settled.then(() => {
        if (lines.get(key) === settled) lines.delete(key);
      });
      return done;
    },
  };
}

const locked = (folder: string): AppError =>
  new AppError('credential_locked', 'another process holds the lock of this credential and does not let go', {
    hint: `find the process named in ${folder} and end it`,
  });

export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
