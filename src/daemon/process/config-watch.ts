import { type FSWatcher, realpathSync, unwatchFile, watch, watchFile } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write in several steps, and a file may be gone between two of them. */
const QUIET_MS = 150;
const POLL_MS = 2_000;

export interface ConfigWatch {
  close(): void;
}

/**
 * Calls back once a config file has been quiet after a change. The folder is watched, not the file: editors and mounted
 * config maps replace it. Whether the content differs is the listener's to find out.
 */
export function watchConfig(path: string, onChange: () => void, onDegraded: (error: unknown) => void): ConfigWatch {
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isPolling = false;
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
    timer.unref();
  };
  // Out of inotify watches, or a file system without notices: look every two seconds instead.
  const poll = (error: unknown): void => {
    if (isPolling) return;
    isPolling = true;
    onDegraded(error);
    watchFile(path, { interval: POLL_MS, persistent: false }, changed);
  };
  for (const place of placesOf(path)) {
    try {
      const watcher = watch(dirname(place), { persistent: false }, (_event, name) => {
        // A mounted config map swaps the link `..data` and leaves the file's own name alone.
        if (name === null || name === basename(place) || name.startsWith('..')) changed();
      });
      watcher.on('error', poll);
      watchers.push(watcher);
    } catch (error) {
      poll(error);
    }
  }
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      if (isPolling) unwatchFile(path, changed);
    },
  };
}

/** The path itself, and where a link leads: dot-file managers keep the real file elsewhere. */
function placesOf(path: string): Set<string> {
  try {
    return new Set([path, realpathSync(path)]);
  } catch {
    return new Set([path]);
  }
}
