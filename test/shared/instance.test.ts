import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Instance,
  instancePathFor,
  readInstance,
  removeInstance,
  writeInstance,
} from '../../src/shared/instance.js';

const INSTANCE: Instance = {
  pid: 4711,
  instanceId: 'one',
  socketPath: '/run/control.sock',
  url: 'http://127.0.0.1:8317',
  version: '1.2.3',
  startedAt: 1_700_000_000_000,
};

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'cliproxyctl-instance-'));
});
afterEach(() => rm(runDir, { recursive: true, force: true }));

test('what was written is read, by its owner only', async () => {
  await writeInstance(runDir, INSTANCE);
  expect(await readInstance(runDir)).toEqual(INSTANCE);
  expect((await stat(instancePathFor(runDir))).mode & 0o777).toBe(0o600);
});

test.each([
  { name: 'no file', text: undefined },
  { name: 'no JSON', text: '{' },
  { name: 'another shape', text: '{"pid":"x"}' },
])('$name is no instance', async ({ text }) => {
  if (text !== undefined) await writeFile(instancePathFor(runDir), text);
  expect(await readInstance(runDir)).toBeUndefined();
});

test('is removed by its own daemon and by no other', async () => {
  await writeInstance(runDir, INSTANCE);
  await removeInstance(runDir, 'another');
  expect(await readInstance(runDir)).toEqual(INSTANCE);
  await removeInstance(runDir, 'one');
  expect(await readInstance(runDir)).toBeUndefined();
  await removeInstance(runDir, 'one');
});
