import { get } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readLock } from '../../../src/shared/lock.js';
import {
  buildDaemonEntry,
  type DaemonHome,
  openDaemonHome,
  type StartedDaemon,
  until,
  untilFails,
} from '../../support/daemon-process.js';

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

interface Answer {
  readonly pid: number;
  readonly keys: number;
}
const urlOf = ({ message }: StartedDaemon): string => (message.type === 'ready' ? message.status.listen.url : '');
const ask = async (url: string): Promise<Answer> => (await (await fetch(url)).json()) as Answer;
/** Over a connection of its own, which no worker has had before; 0: it was cut. */
const askAnew = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 10_000 }, (reply) => {
      reply.resume().once('end', () => resolve(reply.statusCode ?? 0));
    });
    request.once('timeout', () => request.destroy(new Error('it hangs')));
    request.once('error', (error) => ('code' in error && error.code === 'ECONNRESET' ? resolve(0) : reject(error)));
  });
const workerPids = async (): Promise<number[]> => (await home.management.getStatus({})).workers.map(({ pid }) => pid);

describe('a worker that dies', () => {
  test('by kill -9 is replaced on the same port, and status counts it', async () => {
    const url = urlOf(await home.start());
    const before = await ask(url);
    process.kill(before.pid, 'SIGKILL');
    const after = await until(
      () => ask(url),
      ({ pid }) => pid !== before.pid,
    );
    const status = await home.management.getStatus({});
    expect(status).toMatchObject({ restarts: 1, ready: true, state: 'ready' });
    expect(status.workers.map(({ pid }) => pid)).toEqual([after.pid]);
  });

  test('takes no connection of the other worker with it', async () => {
    await home.writeConfig(`${CONFIG}workers: 2\n`);
    const url = urlOf(await home.start());
    await until(
      () => home.management.getStatus({}),
      ({ workers }) => workers.length === 2 && workers.every(({ state }) => state === 'ready'),
    );
    const [first = 0] = await workerPids();
    const fresh = () => askAnew(url);
    const running = Array.from({ length: 40 }, fresh);
    process.kill(first, 'SIGKILL');
    const statuses = await Promise.all([...running, ...Array.from({ length: 40 }, fresh)]);
    // What it was just answering is cut; everything else is served, by whoever lives.
    expect(new Set(statuses)).toEqual(new Set(statuses.includes(0) ? [0, 200] : [200]));
    expect(statuses.slice(40).filter((status) => status === 200).length).toBeGreaterThan(20);
  });

  test('of an error leaves it in the log, without the secret in it', async () => {
    const url = urlOf(await home.start());
    await fetch(`${url}/throw?text=cannot+read+sk-client-key-one`);
    await until(
      () => home.management.getStatus({}),
      ({ restarts, ready }) => restarts === 1 && ready,
    );
    const log = await until(
      () => home.logText(),
      (text) => text.includes('worker crashed'),
    );
    expect(log).toContain('"level":"fatal"');
    expect(log).toContain('cannot read [redacted:');
    expect(log).not.toContain('sk-client-key-one');
  });

  test('again and again makes the daemon degraded, naming the error', async () => {
    const url = urlOf(await home.start());
    for (let crash = 1; crash <= 5; crash++) {
      await until(
        () => fetch(`${url}/throw?text=no+luck`),
        ({ ok }) => ok,
      );
      await until(
        () => home.management.getStatus({}),
        ({ restarts }) => restarts === crash,
      );
    }
    const status = await home.management.getStatus({});
    expect(status.state).toBe('degraded');
    expect(status.problems).toMatchObject([{ code: 'worker_crashing', message: expect.stringContaining('no luck') }]);
  }, 60_000);
});

test('when the primary is killed its worker finishes what runs and ends, and the next start takes the lock over', async () => {
  const first = await home.start();
  const url = urlOf(first);
  const { pid: worker } = await ask(url);
  const running = fetch(`${url}/stream?ms=700`).then((reply) => reply.text());
  await until(
    () => home.management.getStatus({}),
    ({ counts }) => counts.inFlight === 1,
  );
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toBe('SIGKILL');
  expect((await readLock(home.runDir))?.pid).toBe(first.pid);
  const second = await home.start();
  expect(second.message).toMatchObject({ type: 'ready', status: { pid: second.pid } });
  expect(await running).toBe('begin end');
  await untilFails(async () => process.kill(worker, 0));
});

describe('restarting workers', () => {
  test('replaces each while requests go on', async () => {
    await home.writeConfig(`${CONFIG}workers: 2\n`);
    const url = urlOf(await home.start());
    await until(workerPids, (pids) => pids.length === 2);
    await until(
      () => home.management.getStatus({}),
      ({ workers }) => workers.every(({ state }) => state === 'ready'),
    );
    const before = await workerPids();
    const running = fetch(`${url}/stream?ms=400`).then((reply) => reply.text());
    await until(
      () => home.management.getStatus({}),
      ({ counts }) => counts.inFlight === 1,
    );
    const restarting = home.management.restartWorkers({});
    let served = 0;
    const isDone = restarting.then(() => true);
    const statuses = new Set<number>();
    while (!(await Promise.race([isDone, askAnew(url).then((status) => !statuses.add(status))]))) served++;
    const { workers } = await restarting;
    expect(await running).toBe('begin end');
    expect(served).toBeGreaterThan(0);
    expect([...statuses]).toEqual([200]);
    expect(workers).toHaveLength(2);
    expect(workers.filter(({ pid }) => before.includes(pid))).toEqual([]);
    expect((await home.management.getStatus({})).restarts).toBe(0);
  });
});

describe('stopping', () => {
  test.each([0, 1, 2])('with %i workers lets a running answer finish', async (workers) => {
    await home.writeConfig(`${CONFIG}workers: ${workers}\n`);
    const daemon = await home.start();
    const running = fetch(`${urlOf(daemon)}/stream?ms=300`).then((reply) => reply.text());
    await until(
      () => home.management.getStatus({}),
      ({ counts }) => counts.inFlight === 1,
    );
    expect(await home.management.shutdown({})).toEqual({ draining: 1 });
    expect(await running).toBe('begin end');
    expect(await daemon.exited).toBe(0);
  });

  test.each([0, 1, 2])('with %i workers refuses new connections while an answer runs', async (workers) => {
    await home.writeConfig(`${CONFIG}workers: ${workers}\n`);
    const url = urlOf(await home.start());
    const running = fetch(`${url}/stream?ms=60000`).then((reply) => reply.text());
    await until(
      () => home.management.getStatus({}),
      ({ counts }) => counts.inFlight === 1,
    );
    const cut = expect(running).rejects.toThrow();
    await home.management.shutdown({});
    expect(await untilFails(() => tryConnect(url))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await home.management.getStatus({})).toMatchObject({ state: 'draining', ready: false });
    await home.close();
    await cut;
  });

  test('does not wait for idle keep-alive connections', async () => {
    const daemon = await home.start();
    const socket = connect(Number(new URL(urlOf(daemon)).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((done) => socket.once('data', done));
    const closed = new Promise((done) => socket.once('close', done));
    daemon.child.kill('SIGTERM');
    await closed;
    expect(await daemon.exited).toBe(0);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('by %s cuts answers that are not done in time', async (signal) => {
    await home.writeConfig(`${CONFIG}drain-timeout-seconds: 0.3\n`);
    const daemon = await home.start();
    const running = fetch(`${urlOf(daemon)}/stream?ms=60000`).then((reply) => reply.text());
    await until(
      () => home.management.getStatus({}),
      ({ counts }) => counts.inFlight === 1,
    );
    const cut = expect(running).rejects.toThrow();
    daemon.child.kill(signal);
    await cut;
    expect(await daemon.exited).toBe(0);
  });

  test('ends at once on a second signal', async () => {
    const daemon = await home.start();
    const running = fetch(`${urlOf(daemon)}/stream?ms=60000`).then((reply) => reply.text());
    await until(
      () => home.management.getStatus({}),
      ({ counts }) => counts.inFlight === 1,
    );
    const cut = expect(running).rejects.toThrow();
    const nag = setInterval(() => daemon.child.kill('SIGTERM'), 100);
    await cut;
    expect(await daemon.exited).toBe(1);
    clearInterval(nag);
  });
});

function tryConnect(url: string): Promise<void> {
  return new Promise((done, fail) => {
    get(url, { agent: false }, (reply) => {
      reply.resume();
      done();
    }).on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? fail(error) : done()));
  });
}
