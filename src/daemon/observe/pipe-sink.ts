import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { LogSink } from './log.js';

/** The file descriptor on which a worker finds the pipe. */
export const LOG_FD = 4;
/** A primary that does not read for a while must cost a worker neither memory nor time. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** A write to a pipe costs as much as all else that is done for a small request: lines leave in batches. */
const BATCH_MS = 50;
const BATCH_CHARS = 64 * 1024;

/** Where a worker's lines leave for the primary, who is the only one to write the file. */
export interface PipeSink extends LogSink {
  /** Writes at once, past the queue: for the last words of a dying process. */
  writeNow(line: string): void;
  /** Resolves when everything written so far has left. */
  flush(): Promise<void>;
}

/** `process.stdout` would not do: on pipes it blocks. */
export function openPipeSink(fd: number): PipeSink {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.unref();
  // The primary is gone, and with it everyone who could read this.
  socket.on('error', () => socket.destroy());
  let dropped = 0;
  let batch = '';
  let timer: NodeJS.Timeout | undefined;
  const send = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = batch;
    batch = '';
    if (socket.destroyed || lines === '') return;
    if (socket.writableLength > MAX_WAITING_BYTES) {
      dropped += lines.split('\n').length - 1;
      return;
    }
    if (dropped > 0) {
      socket.write(
        `${JSON.stringify({ level: 'warn', pid: process.pid, time: Date.now(), lost: dropped, msg: 'log lines were lost' })}\n`,
      );
      dropped = 0;
    }
    socket.write(lines);
  };
  return {
    write(lines) {
      batch += String(lines);
      if (batch.length >= BATCH_CHARS) send();
      else timer ??= setTimeout(send, BATCH_MS).unref();
    },
    writeNow(line) {
      send();
      try {
        writeSync(fd, line);
      } catch {
        dropped++;
      }
    },
    flush: () =>
      new Promise((resolve) => {
        send();
        if (socket.destroyed || socket.writableLength === 0) resolve();
        else socket.write('', () => resolve());
      }),
  };
}

/** Cuts a byte stream at its last newline, so that lines of several workers never mix. */
export function wholeLines(sink: LogSink): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    rest = end === bytes.length ? undefined : bytes.subarray(end);
    if (end > 0) sink.write(bytes.subarray(0, end));
  };
}
