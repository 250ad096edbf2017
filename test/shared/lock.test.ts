import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnSocket, socketPathFor } from '../../src/shared/local-socket.js';
import { acquireLock, isAlive, lockPathFor, readLock } from '../../src/shared/lock.js';

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'cliproxyctl-lock-'));
});
afterEach(() => rm(runDir, { recursive: true, force: true }));

const writeLock = (content: object): Promise<void> => writeFile(lockPathFor(runDir), JSON.stringify(content));

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((done) => child.once('exit', done));
  return child.pid ?? 0;
}

test('is held until released, and names its holder', async () => {
  const lock = await acquireLock({ runDir, instanceId: 'one' });
  expect(await readLock(runDir)).toMatchObject({ pid: process.pid, instanceId: 'one' });
  await lock.release();
  expect(await readdir(runDir)).toEqual([]);
});

test('released late does not remove the lock of the one who came after', async () => {
  const lock = await acquireLock({ runDir, instanceId: 'one' });
  await writeLock({ pid: process.pid, instanceId: 'two' });
  await lock.release();
  expect(await readLock(runDir)).toMatchObject({ instanceId: 'two' });
});

describe('a lock file that is left over', () => {
  test('of a process that ended is taken over, by one of many at once', async () => {
    await writeLock({ pid: await deadPid(), instanceId: 'dead' });
    const tries = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((instanceId) => acquireLock({ runDir, instanceId, patienceMs: 300 })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(runDir)).toEqual(['daemon.lock']);
  });

  test('of another process with the same pid, in an earlier life of the machine or container, is taken over', async () => {
    await writeLock({ pid: process.pid, instanceId: 'dead', birth: 'another-boot:1' });
    const taken = acquireLock({ runDir, instanceId: 'new', patienceMs: 0 });
    // Only Linux says when a process began; elsewhere nobody may guess.
    if (process.platform === 'linux') await (await taken).release();
    else await expect(taken).rejects.toMatchObject({ code: 'lock_held' });
  });

  test('empty, because its writer was killed, is taken over once it is old', async () => {
    await writeFile(lockPathFor(runDir), '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lockPathFor(runDir), longAgo, longAgo);
    await acquireLock({ runDir, instanceId: 'new' });
    expect(await readLock(runDir)).toMatchObject({ instanceId: 'new' });
  });
});

describe('while another process lives', () => {
  test('whose socket is silent, says its pid and the file, and does not touch the lock', async () => {
    await writeLock({ pid: process.ppid, instanceId: 'other' });
    const before = await readFile(lockPathFor(runDir), 'utf8');
    const error = await acquireLock({ runDir, instanceId: 'new', patienceMs: 100 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'lock_held', details: { pid: process.ppid, lockFile: lockPathFor(runDir) } });
    expect(error).toMatchObject({ hint: expect.stringContaining(lockPathFor(runDir)) });
    expect(await readFile(lockPathFor(runDir), 'utf8')).toBe(before);
  });

  test.each([
    { name: 'answers', reply: { status: 200, body: { instanceId: 'other', version: 'x' } }, code: 'already_running' },
    { name: 'of another version answers', reply: { status: 404, body: {} }, code: 'already_running' },
  ])('that $name, says that it runs', async ({ reply, code }) => {
    await writeLock({ pid: process.ppid, instanceId: 'other' });
    const server = createServer((_request, response) => {
      response.writeHead(reply.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(reply.body));
    });
    await listenOnSocket(server, socketPathFor(runDir));
    const error = await acquireLock({ runDir, instanceId: 'new', patienceMs: 100 }).catch((thrown: unknown) => thrown);
    server.close();
    expect(error).toMatchObject({ code, details: { pid: process.ppid } });
  });

  test('waits for one that is about to leave', async () => {
    const first = await acquireLock({ runDir, instanceId: 'one' });
    const second = acquireLock({ runDir, instanceId: 'two' });
    await first.release();
    await second;
    expect(await readLock(runDir)).toMatchObject({ instanceId: 'two' });
  });
});

test('tells living processes from ended ones', async () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(process.ppid)).toBe(true);
  expect(isAlive(await deadPid())).toBe(false);
});
