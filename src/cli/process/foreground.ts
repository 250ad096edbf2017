import { pathToFileURL } from 'node:url';

/**
 * Turns this process into the daemon: the same pid, so that signals, Ctrl-C and supervisors reach it directly. Resolves
 * once the daemon's own start is over; the process ends when the daemon does, with the exit code that one sets.
 */
export async function becomeDaemon(entry: string, args: readonly string[]): Promise<void> {
  // The daemon reads its arguments here, and node:cluster starts its workers from here.
  process.argv = [process.execPath, entry, ...args];
  await import(pathToFileURL(entry).href);
}
