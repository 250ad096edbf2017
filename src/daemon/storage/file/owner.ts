import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { birthOf, isAlive } from '../../../shared/lock.js';

/**
 * Marks files in progress with the process that makes them, in their very name: a name appears in one go, while a content
 * could be missing when its writer is killed. `<host>.<pid>.<birth>.<token>`, all hex but the pid.
 */
export interface Owners {
  /** A new mark of this process; no two are equal. */
  mark(): string;
  /** Whether the process behind a mark has certainly ended. `ageMs`: since its file was last touched. */
  isGone(mark: string, ageMs: number): boolean;
}

/** Without news of a process on another machine, or on a system that does not tell births, it counts as gone after this. */
const SILENT_MS = 5 * 60_000;
/** How often a holder touches its file. */
export const TOUCH_EVERY_MS = 60_000;

export function openOwners(): Owners {
  const host = digest(placeOf(), 8);
  const birth = birthMark(process.pid);
  return {
    mark: () => `${host}.${process.pid}.${birth}.${randomBytes(6).toString('hex')}`,
    isGone(mark, ageMs) {
      const [markHost, markPid, markBirth] = mark.split('.');
      if (markHost !== host) return ageMs > SILENT_MS;
      const pid = Number(markPid);
      if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return true;
      return markBirth === UNKNOWN_BIRTH ? ageMs > SILENT_MS : birthMark(pid) !== markBirth;
    },
  };
}

const UNKNOWN_BIRTH = '0';

function birthMark(pid: number): string {
  const birth = birthOf(pid);
  return birth === undefined ? UNKNOWN_BIRTH : digest(birth, 12);
}

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** Where a pid means the same process: containers may share a host's name, but not its processes. */
function placeOf(): string {
  if (process.platform !== 'linux') return hostname();
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}`;
  } catch {
    return hostname();
  }
}
