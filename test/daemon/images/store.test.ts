import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nameOf } from '../../../src/daemon/images/file-name.js';
import { type ImageStore, openImageStore } from '../../../src/daemon/images/store.js';
import { PNG, PNG_BYTES } from '../../support/images.js';

const TTL_MS = 60_000;
const SIZE = PNG_BYTES.length;
const IMAGE = { mediaType: 'image/png', data: PNG };

let home: string;
let folder: string;
let now: number;
let limits: { ttlMs: number; maxBytes: number };
let names: number;
let problems: unknown[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'images-'));
  folder = join(home, 'images');
  now = 1_700_000_000_000;
  limits = { ttlMs: TTL_MS, maxBytes: 10 * SIZE };
  names = 0;
  problems = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (): ImageStore =>
  openImageStore({
    folder,
    now: () => now,
    randomName: () => `n${String(names++).padStart(31, '0')}`,
    limits: () => limits,
    onProblem: (error) => problems.push(error),
  });
const keep = (store: ImageStore): string => store.keep(IMAGE) ?? 'was not kept';

test('a picture is there under its name, for every process, until its time is over', async () => {
  const name = keep(open());
  expect(await open().find(name)).toEqual({ bytes: PNG_BYTES, mediaType: 'image/png', expiresAt: now + TTL_MS });
  now += TTL_MS - 1;
  expect(await open().find(name)).toBeDefined();
  now += 1;
  expect(await open().find(name)).toBeUndefined();
});

test('what is over is removed from the disk', () => {
  const store = open();
  keep(store);
  now += TTL_MS / 2;
  const later = keep(store);
  now += TTL_MS / 2;
  store.sweep();
  expect(readdirSync(folder)).toEqual([later]);
});

test('the oldest make way when there is no more room', async () => {
  limits = { ttlMs: TTL_MS, maxBytes: 2 * SIZE };
  const store = open();
  const kept: string[] = [];
  for (let round = 0; round < 3; round++) {
    kept.push(keep(store));
    now += 1000;
  }
  const found = await Promise.all(kept.map(async (name) => (await store.find(name)) !== undefined));
  expect(found).toEqual([false, true, true]);
});

test.each([
  ['larger than all the room there is', IMAGE, { maxBytes: SIZE - 1 }],
  ['of a type that browsers might run', { mediaType: 'image/svg+xml', data: PNG }, {}],
  ['where links are switched off', IMAGE, { ttlMs: 0 }],
])('a picture %s is not kept', (_name, image, more) => {
  limits = { ...limits, ...more };
  expect(open().keep(image)).toBeUndefined();
  expect(problems).toEqual([]);
});

test('a disk that refuses is told of, and nothing is kept', () => {
  writeFileSync(folder, 'a file in place of the folder');
  expect(open().keep(IMAGE)).toBeUndefined();
  expect(problems).toHaveLength(1);
});

test('nobody else may read them', () => {
  const name = keep(open());
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

test.each([
  '',
  'x',
  '../images',
  '..%2f',
  'lp2d0f00-AAAA.png',
  `lp2d0f00-${'A'.repeat(32)}.html`,
  `LP2D0F00-${'A'.repeat(32)}.png`,
])('a name that is none of ours finds nothing: "%s"', async (name) => {
  const store = open();
  keep(store);
  expect(await store.find(name)).toBeUndefined();
});

test('a link in the folder is not followed', async () => {
  const store = open();
  keep(store);
  const target = join(home, 'elsewhere.png');
  writeFileSync(target, PNG_BYTES);
  const name = nameOf(now + TTL_MS, 'A'.repeat(32), 'png');
  symlinkSync(target, join(folder, name));
  expect(await store.find(name)).toBeUndefined();
});

test('another time in the name is another name', async () => {
  const store = open();
  const name = keep(store);
  now += TTL_MS;
  const forged = name.replace(/^[0-9a-z]+/, (now + TTL_MS).toString(36));
  expect(await store.find(forged)).toBeUndefined();
});
