import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchFolder } from '../../../src/daemon/storage/file/watch.js';

let root: string;
let close: (() => Promise<void>) | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cliproxyctl-watch-'));
});
afterEach(async () => {
  await close?.();
  rmSync(root, { recursive: true, force: true });
});

/** Resolves with the first change that is told. */
const watching = (folder: string): Promise<void> =>
  new Promise((resolve) => {
    ({ close } = watchFolder(folder, resolve));
  });

test('tells of a file that is written in the moment it begins', async () => {
  const told = watching(root);
  writeFileSync(join(root, 'new.json'), '{}');
  await told;
});

test('tells of files in a folder that comes later', async () => {
  const folder = join(root, 'later');
  const told = watching(folder);
  mkdirSync(folder);
  writeFileSync(join(folder, 'new.json'), '{}');
  await told;
});

test('says nothing of files that are none of a credential', async () => {
  let isTold = false;
  const told = watching(root).then(() => {
    isTold = true;
  });
  writeFileSync(join(root, '.oauth-codex-x.oauth'), '{}');
  writeFileSync(join(root, 'notes.txt'), 'x');
  renameSync(join(root, 'notes.txt'), join(root, 'more.txt'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isTold).toBe(false);
  writeFileSync(join(root, 'a.json'), '{}');
  await told;
});
