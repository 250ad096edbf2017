import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readInstance } from '../../../src/shared/instance.js';
import { socketPathFor } from '../../../src/shared/local-socket.js';
import { lockPathFor, readLock } from '../../../src/shared/lock.js';
import { buildDaemonEntry, type DaemonHome, openDaemonHome, type StartedDaemon } from '../../support/daemon-process.js';

const CONFIG = 'host: 127.0.0.1\nport: 0\napi-keys:\n  - sk-client-key-one\n';

let entry: Awaited<ReturnType<typeof buildDaemonEntry>>;
let home: DaemonHome;
beforeAll(async () => {
  entry = await buildDaemonEntry();
});
afterAll(() => entry.remove());
beforeEach(async () => {
  home = await openDaemonHome(entry.path, CONFIG);
});
afterEach(() => home.close());

const urlOf = ({ message }: StartedDaemon): string => (message.type === 'ready' ? message.status.listen.url : '');
const failureOf = ({ message }: StartedDaemon) => (message.type === 'failed' ? message.error : undefined);

describe.each([
  { name: 'one worker', workers: 1, processes: 2 },
  { name: 'two workers', workers: 2, processes: 3 },
  { name: 'everything in one process', workers: 0, processes: 1 },
])('$name', ({ workers }) => {
  test('says ready once it serves, and leaves nothing behind when it stops', async () => {
    await home.writeConfig(`${CONFIG}workers: ${workers}\n`);
    const daemon = await home.start();
    expect(daemon.message).toMatchObject({ type: 'ready', status: { state: 'ready', ready: true, pid: daemon.pid } });
    const reply = await fetch(urlOf(daemon));
    const { pid, ready } = (await reply.json()) as { pid: number; ready: boolean };
    expect(ready).toBe(true);
    expect(pid === daemon.pid).toBe(workers === 0);
    expect(await readInstance(home.runDir)).toMatchObject({ pid: daemon.pid, url: urlOf(daemon) });

    await home.management.shutdown({});
    expect(await daemon.exited).toBe(0);
    expect(await readInstance(home.runDir)).toBeUndefined();
    expect(await readLock(home.runDir)).toBeUndefined();
    await expect(home.management.getStatus({})).rejects.toMatchObject({ code: 'not_running', exitCode: 3 });
  });
});

test('only the owner may open the control socket and the files of the run directory', async () => {
  await home.start();
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
  expect(await mode(socketPathFor(home.runDir))).toBe(0o600);
  expect(await mode(lockPathFor(home.runDir))).toBe(0o600);
  expect(await mode(home.logFile)).toBe(0o600);
  expect(await mode(home.runDir)).toBe(0o700);
});

test('a second start says that it already runs, and where', async () => {
  const first = await home.start();
  const second = await home.start();
  expect(failureOf(second)).toMatchObject({ code: 'already_running', details: { pid: first.pid, url: urlOf(first) } });
  expect((await home.management.getStatus({})).pid).toBe(first.pid);
});

test('a held port is reported with its owner, and nothing stays behind', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => other.once('listening', done));
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await home.writeConfig(`host: 127.0.0.1\nport: ${port}\napi-keys: [sk-client-key-one]\n`);
  const daemon = await home.start();
  other.close();
  expect(failureOf(daemon)).toMatchObject({ code: 'port_in_use', details: { port } });
  expect(failureOf(daemon)?.message).toContain(process.platform === 'linux' ? `(pid ${process.pid})` : String(port));
  expect(failureOf(daemon)?.hint).toContain('port');
  expect(await daemon.exited).toBe(1);
  expect(await readLock(home.runDir)).toBeUndefined();
});

test('a broken config is reported with line and column, and exit code 2', async () => {
  await home.writeConfig('host: 127.0.0.1\nport: many\n');
  const daemon = await home.start();
  expect(failureOf(daemon)).toMatchObject({ code: 'config_invalid' });
  expect(failureOf(daemon)?.message).toContain('config.yaml:2:7');
  expect(await daemon.exited).toBe(2);
});

test('a config the data plane refuses fails the start with its own words', async () => {
  await home.writeConfig('port: 0\napi-keys: [sk-does-not-compile]\n');
  const daemon = await home.start();
  expect(failureOf(daemon)).toMatchObject({ code: 'config_invalid', message: 'the data plane cannot use this config' });
  expect(await daemon.exited).toBe(1);
});

test('in the foreground it prints where it serves, and its log', async () => {
  const daemon = await home.start({ foreground: true });
  expect(daemon.output()).toContain('"msg":"gateway ready"');
  daemon.child.kill('SIGTERM');
  expect(await daemon.exited).toBe(0);
  expect(daemon.output()).toMatch(/serves 1 models? at http:\/\/127\.0\.0\.1:\d+/);
});

test('in the foreground a failure is printed with its hint', async () => {
  await home.start();
  const second = home.start({ foreground: true });
  await expect(second).rejects.toThrow(/error: the daemon already runs \(pid \d+\)\nhint: /);
});
