import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPortOwner } from '../../src/shared/port-owner.js';

const isLinux = process.platform === 'linux';

test('finds this process by a port it listens on, and nobody by a free one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const owner = await findPortOwner(port);
  await new Promise((done) => server.close(done));
  expect(owner?.pid).toBe(isLinux ? process.pid : undefined);
  expect(await findPortOwner(port)).toBeUndefined();
});

test('names program and script, never the arguments, and skips sockets that only talk', async () => {
  const proc = await mkdtemp(join(tmpdir(), 'cliproxyctl-proc-'));
  const row = (port: string, state: string, inode: number): string =>
    `   0: 0100007F:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0`;
  await mkdir(join(proc, 'net'));
  await writeFile(join(proc, 'net', 'tcp'), `header\n${row('1F90', '01', 11)}\n`);
  await writeFile(join(proc, 'net', 'tcp6'), `header\n${row('1F90', '0A', 22)}\n`);
  for (const { pid, inode } of [
    { pid: 100, inode: 11 },
    { pid: 200, inode: 22 },
  ]) {
    await mkdir(join(proc, String(pid), 'fd'), { recursive: true });
    await symlink(`socket:[${inode}]`, join(proc, String(pid), 'fd', '5'));
    await symlink('/opt/bin/python3', join(proc, String(pid), 'exe'));
    await writeFile(join(proc, String(pid), 'comm'), 'python3\n');
    await writeFile(join(proc, String(pid), 'cmdline'), 'python3\0/srv/app.py\0--key\0secret\0');
  }
  const owner = await findPortOwner(8080, proc);
  await rm(proc, { recursive: true });
  expect(owner).toEqual(isLinux ? { pid: 200, command: 'python3 app.py' } : undefined);
});
