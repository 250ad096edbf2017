import { open } from 'node:fs/promises';
import { AppError } from '../../shared/errors.js';
import type { Management } from '../context.js';

const WAIT_MS = 20_000;

export interface FollowOptions {
  readonly management: Management;
  /** How many of the newest lines come first. */
  readonly limit: number;
  readonly isFollowing: boolean;
  readonly signal: AbortSignal;
}

/** The daemon's log lines through its control socket: the newest `limit`, then, when following, each new one. */
export async function* readDaemonLog({
  management,
  limit,
  isFollowing,
  signal,
}: FollowOptions): AsyncGenerator<string> {
  let { lines, cursor } = await management.readLogs({ limit }, { signal });
  for (;;) {
    yield* lines;
    if (!isFollowing || signal.aborted) return;
    const next = await management.readLogs(
      { limit: 1000, cursor, waitMs: WAIT_MS },
      { signal, timeoutMs: 2 * WAIT_MS },
    );
    ({ lines, cursor } = next);
  }
}

/** Enough for thousands of lines, and no danger to memory when the log has grown. */
const TAIL_BYTES = 4 * 1024 * 1024;

/** The newest `limit` lines of a log file; none when there is no file. */
export async function readLogFile(path: string, limit: number): Promise<readonly string[]> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AppError('log_unreadable', `the log ${path} cannot be read`, { cause: error });
  });
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    // The first line is cut when we did not start at the beginning.
    return (start === 0 ? lines : lines.slice(1)).filter((line) => line !== '').slice(-limit);
  } finally {
    await file.close();
  }
}
