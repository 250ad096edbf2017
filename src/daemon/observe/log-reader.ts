import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 64 * 1024;
/** One answer never holds more; the next cursor goes on behind it. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const IDENTITY_BYTES = 256;

export interface LogPage {
  readonly lines: string[];
  readonly cursor: string;
  /** The cursor no longer fitted: these are the newest lines instead. */
  readonly reset: boolean;
}

/** A place between two lines of one file; the file is known by what rotation does not change. */
interface Place {
  readonly file: string;
  readonly offset: number;
}

interface LogFile {
  readonly handle: FileHandle;
  readonly identity: string;
  readonly size: number;
}

/**
 * Reads rotated log files as one text. With a cursor: at most `limit` lines after it, across rotations. Without one, or with
 * one whose file is gone: the newest `limit` lines.
 */
export async function readLogPage(path: string, limit: number, cursor?: string): Promise<LogPage> {
  const files = await openAll(path);
  try {
    const place = cursor === undefined ? undefined : parseCursor(cursor);
    const index = place === undefined ? -1 : files.findIndex((file) => file.identity === place.file);
    const from = files[index];
    if (place !== undefined && from !== undefined && place.offset <= from.size) {
      return await readForward(files.slice(index), place.offset, limit);
    }
    return await readNewest(files, limit, cursor !== undefined && cursor !== EMPTY_CURSOR);
  } finally {
    await Promise.all(files.map((file) => file.handle.close()));
  }
}

/** What a reader holds before anything was ever written. */
const EMPTY_CURSOR = '0-0';

/** All files of the log that can be read, the oldest first. */
async function openAll(path: string): Promise<LogFile[]> {
  const prefix = `${basename(path)}.`;
  const numbers = (await readdir(dirname(path)).catch(() => []))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => b - a);
  const files: LogFile[] = [];
  for (const name of [...numbers.map((number) => prefix + number), basename(path)]) {
    // Between listing and opening a rotation may rename: then this reading misses the file, and the next one finds it.
    const handle = await open(join(dirname(path), name), 'r').catch(() => undefined);
    if (handle === undefined) continue;
    const file = await describe(handle);
    // A file without a line has no identity yet: what is behind the last line of the one before is its beginning.
    if (file.size === 0 || files.some((other) => other.identity === file.identity)) await handle.close();
    else files.push(file);
  }
  return files;
}

/** Inodes are reused once a file is deleted, so the first line, with its time and pid, is part of who a file is. */
async function describe(handle: FileHandle): Promise<LogFile> {
  const { ino, size } = await handle.stat();
  const head = Buffer.alloc(IDENTITY_BYTES);
  const { bytesRead } = await handle.read(head, 0, IDENTITY_BYTES, 0);
  const end = head.subarray(0, bytesRead).indexOf(NEWLINE);
  const first = head.subarray(0, end === -1 ? bytesRead : end);
  const print = createHash('sha256').update(first).digest('hex').slice(0, 12);
  return { handle, size, identity: `${ino.toString(36)}.${print}` };
}

async function readForward(files: readonly LogFile[], offset: number, limit: number): Promise<LogPage> {
  const lines: string[] = [];
  let place: Place = { file: files[0]?.identity ?? '0', offset };
  let budget = MAX_ANSWER_BYTES;
  for (const [index, file] of files.entries()) {
    const start = index === 0 ? offset : 0;
    const text = await readBytes(file.handle, start, Math.min(file.size - start, budget));
    budget -= text.length;
    const taken = takeLines(text, limit - lines.length, lines);
    place = { file: file.identity, offset: start + taken };
    if (lines.length >= limit || budget <= 0) break;
  }
  return { lines, cursor: printCursor(place), reset: false };
}

/** Appends at most `limit` complete lines and says how many bytes they and the blank ones between were. */
function takeLines(text: Buffer, limit: number, lines: string[]): number {
  let start = 0;
  let taken = 0;
  while (taken < limit) {
    const end = text.indexOf(NEWLINE, start);
    if (end === -1) break;
    if (end > start) {
      lines.push(text.toString('utf8', start, end));
      taken++;
    }
    start = end + 1;
  }
  return start;
}

async function readNewest(files: readonly LogFile[], limit: number, reset: boolean): Promise<LogPage> {
  const active = files.at(-1);
  if (active === undefined) return { lines: [], cursor: EMPTY_CURSOR, reset };
  const pages: string[][] = [];
  let missing = limit;
  let budget = MAX_ANSWER_BYTES;
  let end = 0;
  for (const file of files.toReversed()) {
    const tail = await readTail(file, missing, budget);
    if (file === active) end = tail.end;
    pages.unshift(tail.lines);
    missing -= tail.lines.length;
    budget -= tail.bytes;
    if (missing <= 0 || budget <= 0) break;
  }
  return { lines: pages.flat(), cursor: printCursor({ file: active.identity, offset: end }), reset };
}

/** The last complete lines of one file, read backwards block by block. */
async function readTail(
  { handle, size }: LogFile,
  limit: number,
  maxBytes: number,
): Promise<{ lines: string[]; bytes: number; end: number }> {
  let text: Buffer = Buffer.alloc(0);
  let start = size;
  // One newline more than lines: the one before the first wanted line.
  while (start > 0 && text.length < maxBytes && countNewlines(text) <= limit) {
    const length = Math.min(BLOCK_BYTES, start);
    start -= length;
    text = Buffer.concat([await readBytes(handle, start, length), text]);
  }
  const last = text.lastIndexOf(NEWLINE) + 1;
  const first = start === 0 ? 0 : text.indexOf(NEWLINE) + 1;
  const lines = text
    .toString('utf8', Math.min(first, last), last)
    .split('\n')
    .filter((line) => line !== '');
  return { lines: lines.slice(-limit), bytes: text.length, end: start + last };
}

function countNewlines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

async function readBytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, length));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

const printCursor = ({ file, offset }: Place): string => `${file}-${offset.toString(36)}`;

function parseCursor(cursor: string): Place | undefined {
  const match = /^([\w.]+)-([\da-z]+)$/.exec(cursor);
  if (match === null) return undefined;
  const [, file = '', offset = ''] = match;
  return { file, offset: Number.parseInt(offset, 36) };
}
