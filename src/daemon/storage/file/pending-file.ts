import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';

/** A file that takes another's place once its content is safe. */
export interface PendingFile {
  /**
   * Lays the content down. The first step is one call that does not wait for anything: from then on the content outlives
   * this process, and once it resolves a power cut too.
   */
  fill(text: string): Promise<void>;
  /** Whether all of the content has been handed to the system. */
  readonly isFilled: boolean;
  moveTo(target: string): Promise<void>;
  close(): Promise<void>;
}

/** What is missing of a content shows as this, wherever it is cut: no JSON holds it. */
const NOTHING = 0;

/**
 * `room`: bytes that the disk sets aside at once, so that it cannot be full later. The name is safe when this resolves.
 * @throws what the file system throws; nothing is left behind then.
 */
export async function openPendingFile(files: FileSystem, path: string, room: number): Promise<PendingFile> {
  const file = await files.open(path, 'wx', 0o600);
  let isOpen = true;
  let isFilled = false;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  if (room > 0) {
    try {
      await file.write(Buffer.alloc(room, NOTHING), 0, room, 0);
      await file.sync();
      await syncFolder(files, dirname(path));
    } catch (error) {
      await close();
      await files.rm(path, { force: true });
      throw error;
    }
  }
  return {
    get isFilled() {
      return isFilled;
    },
    async fill(text) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += files.writeSync(file.fd, bytes, at, bytes.length - at, at);
      isFilled = true;
      if (bytes.length < room) await file.truncate(bytes.length);
      await file.sync();
      await close();
    },
    async moveTo(target) {
      await files.rename(path, target);
      await syncFolder(files, dirname(target));
    },
    close,
  };
}

/**
 * The content of a file whose writer is gone, `undefined` when some of it is missing. A whole one is left as it is to be:
 * without the room that was set aside, and safe from a power cut.
 */
export async function mendPendingFile(files: FileSystem, path: string): Promise<'whole' | undefined> {
  const file = await files.open(path, 'r+');
  try {
    const bytes = await file.readFile();
    const missing = bytes.indexOf(NOTHING);
    const length = missing === -1 ? bytes.length : missing;
    if (!bytes.subarray(length).every((byte) => byte === NOTHING)) return undefined;
    if (!isObjectText(bytes.toString('utf8', 0, length))) return undefined;
    if (length < bytes.length) await file.truncate(length);
    await file.sync();
    return 'whole';
  } finally {
    await file.close();
  }
}

/** An object cut short is no JSON. */
function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** Without it a power cut may bring the old file back, and with it a token that is spent. */
export async function syncFolder(files: FileSystem, folder: string): Promise<void> {
  // Windows cannot open a folder, and keeps its entries in a journal.
  if (process.platform === 'win32') return;
  const handle = await files.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
