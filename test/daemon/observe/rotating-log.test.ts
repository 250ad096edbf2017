import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRotatingLog, sizesFor } from '../../../src/daemon/observe/rotating-log.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cliproxyctl-log-'));
  path = join(dir, 'logs', 'daemon.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const totalBytes = async (): Promise<number> => {
  const names = await readdir(join(dir, 'logs'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, 'logs', name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};

describe('rotation', () => {
  test('keeps all files together under the limit, and the newest lines', async () => {
    const log = openRotatingLog({ path, maxTotalMb: 1 });
    const line = `${'x'.repeat(1023)}\n`;
    for (let kib = 0; kib < 3000; kib++) {
      log.write(line);
      if (kib % 100 === 0) await new Promise<void>((done) => void log.onceWritten(done));
    }
    log.write('the last line\n');
    await log.close();
    expect(await totalBytes()).toBeLessThanOrEqual(1024 * 1024);
    expect(await totalBytes()).toBeGreaterThan(512 * 1024);
    expect(await readFile(path, 'utf8')).toContain('the last line');
  });

  test('with a smaller limit drops what is too much', async () => {
    const log = openRotatingLog({ path, maxTotalMb: 100 });
    log.write('a line\n');
    await new Promise<void>((done) => void log.onceWritten(done));
    log.resize(1);
    log.write('another\n');
    await log.close();
    expect(await readFile(path, 'utf8')).toBe('a line\nanother\n');
  });

  test.each([{ totalMb: 1 }, { totalMb: 5 }, { totalMb: 100 }, { totalMb: 5000 }, { totalMb: 0 }])(
    'splits $totalMb MB into files that fit',
    ({ totalMb }) => {
      const { fileBytes, keptFiles } = sizesFor(totalMb);
      expect(fileBytes).toBeGreaterThan(64 * 1024);
      expect(fileBytes * (keptFiles + 1)).toBeLessThan((totalMb || 1024) * 1024 * 1024);
    },
  );
});

describe('a stream that fails', () => {
  interface Script {
    isBroken: boolean;
    opened: number;
    readonly text: string[];
  }
  const scripted = (script: Script) => () => {
    script.opened++;
    return new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (script.isBroken) return done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
        script.text.push(chunk.toString());
        done();
      },
    });
  };
  const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

  test('costs its lines and a report, no exception, and is tried again only now and then', async () => {
    let now = 0;
    const script: Script = { isBroken: true, opened: 0, text: [] };
    const log = openRotatingLog({ path, maxTotalMb: 1, now: () => now, open: scripted(script) });
    expect(log.problem()).toBeUndefined();
    log.write('one\n');
    await settle();
    for (let line = 0; line < 100; line++) log.write('more\nlines\n');
    expect(log.problem()).toMatchObject({ code: 'log_write_failed', message: expect.stringContaining('ENOSPC') });
    expect(log.problem()?.message).toContain('201 lines');
    expect(script.opened).toBe(1);
    now += 1_000;
    log.write('again\n');
    await settle();
    expect(script.opened).toBe(2);
  });

  test('that works again is used again, and the log says how much was lost', async () => {
    let now = 0;
    const script: Script = { isBroken: true, opened: 0, text: [] };
    const log = openRotatingLog({ path, maxTotalMb: 1, now: () => now, open: scripted(script) });
    log.write('lost\n');
    await settle();
    script.isBroken = false;
    now += 60_000;
    log.write('kept\n');
    await settle();
    expect(log.problem()).toBeUndefined();
    expect(script.text.slice(0, 2)).toEqual(['\n', 'kept\n']);
    expect(JSON.parse(script.text[2] ?? '')).toMatchObject({ level: 'warn', lost: 1 });
  });

  test('that never finishes a write does not fill the memory', () => {
    const log = openRotatingLog({ path, maxTotalMb: 1, open: () => new Writable({ write: () => undefined }) });
    const megabyte = 'x'.repeat(1024 * 1024);
    for (let round = 0; round < 50; round++) log.write(megabyte);
    expect(log.problem()).toBeUndefined();
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 200; round++) log.write(`${megabyte}\n`);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

test('a waiter is told once, and not after it stopped waiting', async () => {
  const log = openRotatingLog({ path, maxTotalMb: 1 });
  const told: string[] = [];
  const stop = log.onceWritten(() => told.push('stopped'));
  stop();
  log.onceWritten(() => told.push('waiting'));
  log.write('a\n');
  await new Promise<void>((done) => void log.onceWritten(done));
  log.write('b\n');
  await log.close();
  expect(told).toEqual(['waiting']);
});

test('last words reach the file past a queue that is never written', async () => {
  const log = openRotatingLog({
    path: join(dir, 'daemon.log'),
    maxTotalMb: 1,
    open: () => new Writable({ write: () => undefined }),
  });
  log.write('waits\n');
  log.writeNow('dying\n');
  expect(await readFile(join(dir, 'daemon.log'), 'utf8')).toBe('dying\n');
});
