import type * as promises from 'node:fs/promises';

/** What the store does to the disk; tests stop it at any step. */
export type FileSystem = Pick<
  typeof promises,
  'lstat' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat' | 'utimes'
>;
