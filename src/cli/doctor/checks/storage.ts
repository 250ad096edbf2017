import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Check, type Finding, sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';

/** Less than this fills up with the log of a busy day. */
const LOW_BYTES = 200 * 1024 * 1024;
/** Less than this and no file can be relied on. */
const FULL_BYTES = 5 * 1024 * 1024;

export const storageCheck: Check<DoctorContext> = {
  id: 'storage',
  title: 'Storage',
  async run({ paths }) {
    const places = [
      { name: 'state', path: paths.stateDir },
      { name: 'logs', path: paths.logDir },
      { name: 'run', path: paths.runDir },
    ];
    const looked = await Promise.all(places.map((place) => look(place.name, place.path)));
    return sumUp(
      looked.map(({ finding }) => finding),
      'state, log and run folders are writable',
      { folders: looked.map(({ facts }) => facts) },
    );
  },
};

async function look(name: string, path: string): Promise<{ finding: Finding; facts: Record<string, unknown> }> {
  const existing = await nearestExisting(path);
  const isWritable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const facts = { name, path, exists: existing === path, writable: isWritable, free_bytes: free };
  if (!isWritable) {
    return {
      finding: {
        state: 'problem',
        message: `${existing} is not writable`,
        hint: `give this user write permission (${name} folder)`,
      },
      facts,
    };
  }
  const megabytes = Math.floor(free / 1024 / 1024);
  if (free >= LOW_BYTES) return { finding: { state: 'ok', message: `${path}, ${megabytes} MB free` }, facts };
  return {
    finding: {
      state: free < FULL_BYTES ? 'problem' : 'warning',
      message: `only ${megabytes} MB are free for ${path}`,
      hint: 'make room on that disk, or lower `logs-max-total-size-mb`',
    },
    facts,
  };
}

/** The folder itself, or the one it would be made in. */
async function nearestExisting(path: string): Promise<string> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const parent = dirname(path);
  return isDirectory || parent === path ? path : nearestExisting(parent);
}
