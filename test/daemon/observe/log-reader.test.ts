import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLogPage } from '../../../src/daemon/observe/log-reader.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cliproxyctl-reader-'));
  path = join(dir, 'daemon.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');
const rotate = async (): Promise<void> => {
  await rename(`${path}.1`, `${path}.2`).catch(() => undefined);
  await rename(path, `${path}.1`);
};

describe('without a cursor', () => {
  test('gives the newest lines, over rotated files too', async () => {
    await writeFile(path, lines(1, 3));
    await rotate();
    await writeFile(path, lines(4, 5));
    expect((await readLogPage(path, 4)).lines).toEqual(['line 2', 'line 3', 'line 4', 'line 5']);
    expect((await readLogPage(path, 100)).lines).toHaveLength(5);
  });

  test('gives nothing, and a cursor to go on with, when there is no log yet', async () => {
    const { lines: none, cursor, reset } = await readLogPage(path, 10);
    expect({ none, reset }).toEqual({ none: [], reset: false });
    await writeFile(path, lines(1, 1));
    expect(await readLogPage(path, 10, cursor)).toMatchObject({ lines: ['line 1'], reset: false });
  });

  test('reads long logs from their end', async () => {
    await writeFile(path, lines(1, 50_000));
    expect((await readLogPage(path, 2)).lines).toEqual(['line 49999', 'line 50000']);
    expect((await readLogPage(path, 20_000)).lines[0]).toBe('line 30001');
  });

  test('leaves a line alone that is not finished yet', async () => {
    await writeFile(path, 'line 1\nline');
    const page = await readLogPage(path, 10);
    expect(page.lines).toEqual(['line 1']);
    await appendFile(path, ' 2\n');
    expect((await readLogPage(path, 10, page.cursor)).lines).toEqual(['line 2']);
  });
});

describe('with a cursor', () => {
  test('gives each line once, whatever the page size and however often files rotate', async () => {
    await writeFile(path, lines(1, 3));
    let { cursor } = await readLogPage(path, 3);
    await appendFile(path, lines(4, 5));
    await rotate();
    await writeFile(path, lines(6, 7));
    await rotate();
    await writeFile(path, lines(8, 9));
    const seen: string[] = [];
    for (
      let page = await readLogPage(path, 2, cursor);
      page.lines.length > 0;
      page = await readLogPage(path, 2, cursor)
    ) {
      expect(page.reset).toBe(false);
      seen.push(...page.lines);
      cursor = page.cursor;
    }
    expect(seen).toEqual([4, 5, 6, 7, 8, 9].map((number) => `line ${number}`));
  });

  test('taken when the new file was still empty loses nothing', async () => {
    await writeFile(path, lines(1, 2));
    await rotate();
    await writeFile(path, '');
    const { cursor } = await readLogPage(path, 10);
    await appendFile(path, lines(3, 3));
    expect(await readLogPage(path, 10, cursor)).toMatchObject({ lines: ['line 3'], reset: false });
  });

  test.each([
    { name: 'of a file that was deleted', change: () => rm(path).then(() => writeFile(path, lines(7, 8))) },
    { name: 'behind the end of a file that was cut', change: () => writeFile(path, 'line 1\n') },
    { name: 'that means nothing', cursor: 'what?', change: async () => undefined },
  ])('$name it starts over with the newest lines and says so', async ({ cursor, change }) => {
    await writeFile(path, lines(1, 4));
    const page = await readLogPage(path, 10);
    await change();
    const next = await readLogPage(path, 1, cursor ?? page.cursor);
    expect(next.reset).toBe(true);
    expect(next.lines).toHaveLength(1);
  });
});
