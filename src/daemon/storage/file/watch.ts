import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Programs write in several steps. */
const QUIET_MS = 150;
/** Without notices from the file system. */
const POLL_MS = 2_000;
/** With them: some file systems, and a folder that was replaced, give none without saying so. */
const SAFETY_POLL_MS = 30_000;

/** Calls back once the `*.json` files of a folder have been quiet after a change. The folder may come later. */
export function watchFolder(folder: string, onChange: () => void): { close(): Promise<void> } {
  let quiet: NodeJS.Timeout | undefined;
  let next: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  let watched: number | undefined;
  let seen: string | undefined;
  let isClosed = false;

  const changed = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(onChange, QUIET_MS);
    quiet.unref();
  };
  const detach = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  const attach = (): void => {
    detach();
    try {
      watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || isCredentialFile(name)) changed();
      });
      watcher.on('error', detach);
    } catch {
      // No such folder yet, or out of inotify watches: looking every two seconds does it too.
      detach();
    }
  };
  const look = async (): Promise<void> => {
    const found = await lookAt(folder);
    if (isClosed) return;
    if (seen !== undefined && found.files !== seen) changed();
    seen = found.files;
    // The first look finds the folder that is already watched: watching it anew would drop a notice that is on its way.
    const isReplaced = watched !== undefined && found.folder !== watched;
    if (watcher === undefined || isReplaced) {
      attach();
      // What happened in that folder before it was watched.
      if (watcher !== undefined) changed();
    }
    watched = found.folder;
    next = setTimeout(() => void look(), watcher === undefined ? POLL_MS : SAFETY_POLL_MS);
    next.unref();
  };

  attach();
  const first = look();
  return {
    async close() {
      isClosed = true;
      clearTimeout(quiet);
      clearTimeout(next);
      detach();
      await first;
    },
  };
}

/** As `*.json` means it: what begins with a dot, such as the `.oauth-*` files of related gateways, is something else. */
export const isCredentialFile = (name: string): boolean => /\.json$/i.test(name) && !name.startsWith('.');

/** Which folder it is, and a text that changes with every write in it; costs a `stat` per file. */
async function lookAt(folder: string): Promise<{ readonly folder: number | undefined; readonly files: string }> {
  try {
    const { ino } = await stat(folder);
    const names = (await readdir(folder)).filter(isCredentialFile).sort();
    const facts = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs, ino } = await lstat(join(folder, name));
        return `${name} ${size} ${mtimeMs} ${ino}`;
      }),
    );
    return { folder: ino, files: facts.join('\n') };
  } catch {
    // The folder is not there, or a file went in between: the next look tells.
    return { folder: undefined, files: '' };
  }
}
