import { appendFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { createStream } from 'rotating-file-stream';
import type { Problem } from '../../shared/contract/lifecycle.js';
import type { LogSink } from './log.js';

/** Waiting lines beyond this are dropped: a hanging disk must not become a memory leak. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const CLOSE_WITHIN_MS = 2_000;
const MEBIBYTE = 1024 * 1024;
/** Room for the last write before a rotation, which may go over the size. */
const OVERSHOOT_BYTES = 64 * 1024;
/** Used when the config sets no limit: generous, yet no disk is ever filled. */
const DEFAULT_TOTAL_MB = 1024;

export interface RotatingLogOptions {
  /** The active file; older ones are `<path>.1`, `<path>.2` and so on, higher is older. */
  readonly path: string;
  /** All files together, in MiB; 0 means a default of 1 GiB. */
  readonly maxTotalMb: number;
  readonly now?: () => number;
  /** Opens the stream that rotates; tests give one that fails. */
  readonly open?: (path: string, sizes: LogSizes) => Writable;
}

/** A file set that never stops the program: what cannot be written is dropped, counted and reported. */
export interface RotatingLog extends LogSink {
  readonly path: string;
  /** `log_write_failed` while the last attempt to write has failed. */
  problem(): Problem | undefined;
  /** Calls back once, after the next lines have reached the file. Returns how to stop waiting. */
  onceWritten(listener: () => void): () => void;
  resize(maxTotalMb: number): void;
  /** Writes at once, past the queue: for the last words of a dying process. */
  writeNow(line: string): void;
  close(): Promise<void>;
}

export interface LogSizes {
  readonly fileBytes: number;
  /** Rotated files kept beside the active one. */
  readonly keptFiles: number;
}

/** Splits the total over the active file and the kept ones. */
export function sizesFor(maxTotalMb: number): LogSizes {
  const totalBytes = (maxTotalMb > 0 ? maxTotalMb : DEFAULT_TOTAL_MB) * MEBIBYTE;
  const files = Math.min(10, Math.max(4, Math.floor(totalBytes / (10 * MEBIBYTE))));
  return { fileBytes: Math.floor(totalBytes / files) - OVERSHOOT_BYTES, keptFiles: files - 1 };
}

export function openRotatingLog(options: RotatingLogOptions): RotatingLog {
  const { path, now = Date.now, open = openRotating } = options;
  const waiters = new Set<() => void>();
  let sizes = sizesFor(options.maxTotalMb);
  let stream: Writable | undefined;
  let failure: NodeJS.ErrnoException | undefined;
  let retryAt = 0;
  let retryMs = RETRY_MIN_MS;
  let dropped = 0;
  let isClosed = false;

  const reopen = (): Writable => {
    const opened = open(path, sizes);
    opened.on('error', (error) => {
      if (stream === opened) fail(error);
    });
    stream = opened;
    return opened;
  };
  const fail = (error: NodeJS.ErrnoException): void => {
    failure = error;
    stream = undefined;
    retryAt = now() + retryMs;
    retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
  };
  const written = (): void => {
    if (failure !== undefined) {
      failure = undefined;
      retryMs = RETRY_MIN_MS;
      const lost = dropped;
      dropped = 0;
      if (lost > 0) stream?.write(lostLine(lost, now()));
    }
    if (waiters.size === 0) return;
    const called = [...waiters];
    waiters.clear();
    for (const listener of called) listener();
  };

  return {
    path,
    write(lines) {
      if (isClosed) return;
      if (stream === undefined && now() < retryAt) {
        dropped += countLines(lines);
        return;
      }
      const target = stream ?? reopen();
      if (target.writableLength > MAX_WAITING_BYTES) {
        dropped += countLines(lines);
        return;
      }
      // A failed write may have left half a line behind: the next one begins on its own line.
      if (failure !== undefined) target.write('\n');
      target.write(lines, (error) => {
        if (error) dropped += countLines(lines);
        else written();
      });
    },
    problem: () =>
      failure === undefined
        ? undefined
        : {
            code: 'log_write_failed',
            message: `the log cannot be written (${failure.code ?? failure.message}): ${dropped} lines lost so far`,
            hint: `make room for, or give permission to write, ${path}; writing resumes by itself`,
          },
    onceWritten(listener) {
      waiters.add(listener);
      return () => void waiters.delete(listener);
    },
    resize(maxTotalMb) {
      const next = sizesFor(maxTotalMb);
      if (next.fileBytes === sizes.fileBytes && next.keptFiles === sizes.keptFiles) return;
      sizes = next;
      const old = stream;
      stream = undefined;
      old?.end();
      void pruneBeyond(path, sizes.keptFiles);
    },
    writeNow(line) {
      try {
        appendFileSync(path, line, { mode: 0o600 });
      } catch {
        dropped++;
      }
    },
    async close() {
      isClosed = true;
      const last = stream;
      if (last === undefined || last.destroyed) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_WITHIN_MS);
        last.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        last.end();
      });
    },
  };
}

function openRotating(path: string, { fileBytes, keptFiles }: LogSizes): Writable {
  return createStream(basename(path), {
    path: dirname(path),
    size: `${fileBytes}B`,
    rotate: keptFiles,
    mode: 0o600,
  });
}

/** After the limit shrank, files with numbers that rotation does not reach any more. */
async function pruneBeyond(path: string, keptFiles: number): Promise<void> {
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    const number = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (Number.isInteger(number) && number > keptFiles) await rm(join(dirname(path), name)).catch(() => undefined);
  }
}

function countLines(lines: string | Uint8Array): number {
  if (typeof lines === 'string') return lines.split('\n').length - 1;
  return lines.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 0);
}

const lostLine = (lost: number, time: number): string =>
  `${JSON.stringify({ level: 'warn', pid: process.pid, time, lost, msg: 'log lines were lost while the log could not be written' })}\n`;
