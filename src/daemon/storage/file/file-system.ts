import { writeSync } from 'node:fs';
import * as promises from 'node:fs/promises';

/** What the store does to the disk; tests stop it at any step. */
export type FileSystem = Pick<
  typeof promises,
  'lstat' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat' | 'utimes'
> & {
  /** At once: what goes by way of the thread pool may wait there behind other work. */
  writeSync(file: number, bytes: Uint8Array, from: number, length: number, position: number): number;
};

export const DISK: FileSystem = { ...promises, writeSync };
