import { pino } from 'pino';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { WorkerEnd, WorkerHandle } from '../../../src/daemon/process/fork.js';
import type { ConfigSource, WorkerApi } from '../../../src/daemon/process/link.js';
import { createWorkers, type Workers } from '../../../src/daemon/process/workers.js';
import { AppError } from '../../../src/shared/errors.js';

const SOURCE: ConfigSource = { path: 'config.yaml', text: 'first' };
const LISTEN = { host: '127.0.0.1', port: 8317 };

interface FakeWorker extends WorkerHandle {
  readonly served: string[];
  crash(reason: string): void;
}

let started: FakeWorker[];
/** What the next workers do when opened or given a config. */
let refuse: ((text: string) => void) | undefined;
let workers: Workers;
beforeEach(() => {
  started = [];
  refuse = undefined;
  workers = createWorkers({
    startWorker,
    log: pino({ level: 'silent' }),
    now: () => Date.now(),
    random: () => 0,
  });
});

function startWorker(): FakeWorker {
  const served: string[] = [];
  let leave: (end: WorkerEnd) => void = () => undefined;
  const gone = new Promise<WorkerEnd>((done) => {
    leave = done;
  });
  const take = ({ text }: ConfigSource) => {
    refuse?.(text);
    served.push(text);
    return { configHash: text, warnings: [] };
  };
  const api: WorkerApi = {
    open: async ({ source }) => take(source),
    apply: async ({ source }) => take(source),
    listModels: async () => ({ models: [] }),
    listCredentials: async () => ({ credentials: [] }),
    showCredential: async ({ id }) => ({
      id,
      provider: 'acme',
      label: 'acme 1',
      source: 'config',
      disabled: false,
      priority: 0,
      weight: 1,
      models: 0,
      state: 'ready',
      offers: [],
    }),
    resetCredentials: async () => ({ reset: [] }),
    testCredential: async ({ id }) => ({ id, label: 'acme 1', model: 'm', works: true, status: 200, latencyMs: 1 }),
    explainRoute: async ({ model }) => ({ model, steps: [], served: false, chain: [], leftOut: [] }),
    explainRequest: async () => ({}),
    listQuota: async () => ({ quota: [] }),
    noteQuota: async () => ({}),
    summary: async () => ({ inFlight: 1, requests: 10, failures: 1, models: 2, credentials: 3, coolingCredentials: 0 }),
    async drain() {
      leave({ reason: 'drained', isClean: true });
      return {};
    },
  };
  const worker: FakeWorker = {
    pid: 1_000_000 + started.length,
    api,
    gone,
    served,
    kill: () => leave({ reason: 'killed', isClean: false }),
    crash: (reason) => leave({ reason, isClean: false }),
  };
  started.push(worker);
  return worker;
}

const start = (count = 1) => workers.start({ source: SOURCE, listen: LISTEN, count });
const untilReady = (count: number) =>
  vi.waitFor(async () =>
    expect((await workers.report()).workers.filter(({ state }) => state === 'ready')).toHaveLength(count),
  );

describe('starting', () => {
  test('is done with the first worker, the others follow', async () => {
    await start(3);
    expect(workers.isReady()).toBe(true);
    await untilReady(3);
  });

  test('fails with the words of the first worker, and tries no other', async () => {
    refuse = () => {
      throw new AppError('port_in_use', 'taken');
    };
    await expect(start(2)).rejects.toMatchObject({ code: 'port_in_use' });
    expect(started).toHaveLength(1);
    expect(workers.isReady()).toBe(false);
  });
});

describe('a crash', () => {
  test('is counted, and another worker takes over with the config in force', async () => {
    await start();
    await workers.apply({ path: 'config.yaml', text: 'second' }, 'second');
    started[0]?.crash('signal SIGKILL');
    await vi.waitFor(() => expect(started).toHaveLength(2));
    await untilReady(1);
    expect(started[1]?.served).toEqual(['second']);
    expect(await workers.report()).toMatchObject({ restarts: 1, problems: [] });
  });

  test('does not make request totals smaller', async () => {
    await start();
    expect((await workers.report()).counts).toMatchObject({ requests: 10, failures: 1, inFlight: 1 });
    started[0]?.crash('exit code 1');
    await untilReady(1);
    expect((await workers.report()).counts).toMatchObject({ requests: 20, failures: 2, inFlight: 1, models: 2 });
  });

  test('of the replacement is a crash too, and it never gives up', async () => {
    await start();
    refuse = () => {
      throw new AppError('boom', 'cannot start any more');
    };
    started[0]?.crash('exit code 1');
    await vi.waitFor(async () => expect((await workers.report()).restarts).toBeGreaterThan(6));
    expect((await workers.report()).problems).toMatchObject([
      { code: 'worker_crashing', message: 'workers keep crashing: cannot start any more' },
    ]);
    expect(() => workers.any()).toThrow(/no worker is ready: cannot start any more/);
    refuse = undefined;
    await untilReady(1);
  });
});

describe('a new config', () => {
  test('reaches every worker', async () => {
    await start(2);
    await untilReady(2);
    expect(await workers.apply({ path: 'config.yaml', text: 'second' }, 'second')).toMatchObject({
      configHash: 'second',
    });
    expect(started.map(({ served }) => served.at(-1))).toEqual(['second', 'second']);
    expect((await workers.report()).workers.map(({ configHash }) => configHash)).toEqual(['second', 'second']);
  });

  test('that one worker refuses reaches no other, and is not what later workers get', async () => {
    await start(2);
    await untilReady(2);
    refuse = (text) => {
      if (text === 'broken') throw new AppError('config_invalid', 'no');
    };
    await expect(workers.apply({ path: 'config.yaml', text: 'broken' }, 'broken')).rejects.toMatchObject({
      code: 'config_invalid',
    });
    started[0]?.crash('signal SIGKILL');
    await vi.waitFor(() => expect(started).toHaveLength(3));
    await untilReady(2);
    expect(started.map(({ served }) => served)).toEqual([['first'], ['first'], ['first']]);
  });
});

describe('a rolling restart', () => {
  test('has each new worker ready before the old one goes, and counts no crash', async () => {
    await start(2);
    await untilReady(2);
    const now = await workers.restart(1000);
    expect(now.map(({ pid }) => pid)).toEqual([started[2]?.pid, started[3]?.pid]);
    expect((await workers.report()).restarts).toBe(0);
  });

  test('stops at a worker that does not start, and keeps the old ones', async () => {
    await start(2);
    await untilReady(2);
    refuse = () => {
      throw new AppError('boom', 'no');
    };
    await expect(workers.restart(1000)).rejects.toMatchObject({ code: 'boom' });
    expect((await workers.report()).workers.map(({ pid }) => pid)).toEqual(started.slice(0, 2).map(({ pid }) => pid));
  });
});

test('after the drain nothing is ready, and nothing starts again', async () => {
  await start(2);
  await untilReady(2);
  await workers.drain(1000);
  expect(workers.isReady()).toBe(false);
  expect(await workers.report()).toMatchObject({ workers: [], restarts: 0, problems: [] });
  expect(started).toHaveLength(2);
});
