import type { Problem } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import type { Logger } from '../observe/log.js';
import type { StoredAccount } from '../runtime/accounts.js';
import { createRestartPolicy } from './backoff.js';
import type { DrainLimits } from './drain.js';
import type { StartWorker, WorkerEnd } from './fork.js';
import type { Handover } from './handover.js';
import type { Applied, ConfigSource, WorkerApi, WorkerSummary } from './link.js';
import type { Listen } from './listen.js';
import { within } from './within.js';
import { describeSlot, type Slot, totalsOf, type WorkerStatus } from './worker-slot.js';

const OPEN_WITHIN_MS = 30_000;
/** `status` must answer even while a worker is too busy to. */
const SUMMARY_WITHIN_MS = 1_000;
/** Beyond its drain time a worker needs a moment to end; then it is ended. */
const EXIT_GRACE_MS = 5_000;
/** While another worker takes over, clients on kept connections get this long to be told so. */
const HANDOVER_IDLE_MS = 1_000;

export interface WorkersOptions {
  readonly startWorker: StartWorker;
  readonly log: Logger;
  readonly now: () => number;
  readonly random: () => number;
  /** Hands connections to several workers; absent: the only one accepts by itself. */
  readonly handover?: Handover | undefined;
}

interface StartOptions {
  readonly source: ConfigSource;
  readonly listen: Listen;
  readonly count: number;
  readonly accounts?: readonly StoredAccount[];
}

/** Everything `status` tells about workers. */
interface WorkersReport {
  readonly workers: readonly WorkerStatus[];
  readonly restarts: number;
  readonly counts: WorkerSummary;
  readonly problems: readonly Problem[];
}

export interface Workers {
  /** Resolves once the first worker listens; the others follow on their own. */
  start(options: StartOptions): Promise<Applied>;
  /** Tries the config on one worker, then gives it to the others. Throws what the first one threw; then nothing changed. */
  apply(source: ConfigSource, configHash: string): Promise<Applied>;
  /** Gives every worker the credential files as they are now; resolves when all have them. */
  applyAccounts(accounts: readonly StoredAccount[]): Promise<void>;
  /** Replaces one after the other: a new one is ready before the old one drains. */
  restart(drainMs: number): Promise<readonly WorkerStatus[]>;
  drain(timeoutMs: number): Promise<void>;
  killAll(): void;
  isReady(): boolean;
  /** A worker that answers. Throws `AppError` `no_worker` when there is none. */
  any(): WorkerApi;
  /** Each worker that answers; at least one, as `any`. */
  all(): readonly WorkerApi[];
  report(): Promise<WorkersReport>;
}

/** Starts workers, watches them, and starts them anew when they crash. */
export function createWorkers({ startWorker, log, now, random, handover }: WorkersOptions): Workers {
  const policy = createRestartPolicy(random);
  const slots = new Map<number, Slot>();
  const timers = new Set<NodeJS.Timeout>();
  /** Totals of workers that are gone, so that `status` never counts backwards. */
  const past = { requests: 0, failures: 0 };
  let current:
    | { readonly source: ConfigSource; readonly listen: Listen; readonly accounts: readonly StoredAccount[] }
    | undefined;
  /** One at a time: credentials given with the config before must not come after the new one. */
  let applying: Promise<unknown> = Promise.resolve();
  let nextId = 1;
  let restarts = 0;
  let lastError = 'it is starting';
  let isEnding = false;

  const ready = (): Slot[] => [...slots.values()].filter(({ state }) => state === 'ready');
  const noWorker = (): AppError =>
    new AppError('no_worker', `no worker is ready: ${lastError}`, { hint: 'see `cliproxyctl logs`' });

  /** A new worker with the current config, ready. On failure it is ended and the cause thrown. */
  const launch = async (): Promise<Applied> => {
    if (current === undefined) throw noWorker();
    const used = current;
    const slot: Slot = { id: nextId++, handle: startWorker(), startedAt: now(), state: 'starting' };
    slots.set(slot.id, slot);
    void slot.handle.gone.then((end) => onGone(slot, end));
    try {
      let opened = await within(OPEN_WITHIN_MS, slot.handle.api.open(used), () => {
        throw new AppError('worker_late', `the worker was not ready within ${OPEN_WITHIN_MS / 1000} s`);
      });
      // A reload may have come while it started.
      const { source, accounts } = current;
      if (source !== used.source || accounts !== used.accounts) {
        opened = await slot.handle.api.apply({ source, accounts });
      }
      slot.configHash = opened.configHash;
      slot.state = 'ready';
      if (slot.handle.taker !== undefined) slot.leave = handover?.join(slot.handle.taker);
      log.info({ worker: slot.id, workerPid: slot.handle.pid, startMs: now() - slot.startedAt }, 'worker ready');
      return opened;
    } catch (error) {
      slot.handle.kill();
      throw error;
    }
  };

  const onGone = (slot: Slot, end: WorkerEnd): void => {
    const wasReady = slot.state === 'ready';
    slot.state = 'dead';
    slot.leave?.();
    slots.delete(slot.id);
    past.requests += slot.summary?.requests ?? 0;
    past.failures += slot.summary?.failures ?? 0;
    // One that never was ready is the concern of who launched it; one that drains may go.
    if (wasReady && !isEnding) replace({ reason: end.reason, startedAt: slot.startedAt, worker: slot.id });
  };

  const replace = (crash: { reason: string; startedAt: number; worker?: number }): void => {
    restarts++;
    lastError = crash.reason;
    const delayMs = policy.onCrash({ at: now(), livedMs: now() - crash.startedAt });
    log.error({ worker: crash.worker, reason: crash.reason, delayMs }, 'worker crashed, starting another');
    const timer = setTimeout(() => {
      timers.delete(timer);
      void launchOrRetry();
    }, delayMs);
    timers.add(timer);
  };

  const launchOrRetry = async (): Promise<void> => {
    const startedAt = now();
    try {
      await launch();
    } catch (error) {
      if (!isEnding) replace({ reason: error instanceof Error ? error.message : String(error), startedAt });
    }
  };

  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const done = applying.then(work);
    applying = done.catch(() => undefined);
    return done;
  };

  const give = async (
    slots: readonly Slot[],
    source: ConfigSource,
    accounts: readonly StoredAccount[],
  ): Promise<void> => {
    const given = slots.map(async (slot) => {
      slot.configHash = (await slot.handle.api.apply({ source, accounts })).configHash;
    });
    for (const outcome of await Promise.allSettled(given)) {
      if (outcome.status === 'rejected') log.error({ err: outcome.reason }, 'a worker did not take the config over');
    }
  };

  const drainOne = async (slot: Slot, limits: DrainLimits): Promise<void> => {
    slot.state = 'draining';
    slot.leave?.();
    await refresh(slot);
    const late = setTimeout(() => slot.handle.kill(), limits.timeoutMs + EXIT_GRACE_MS);
    try {
      await slot.handle.api.drain(limits);
    } catch (error) {
      log.warn({ err: error, worker: slot.id }, 'the worker ended before it was drained');
    }
    await slot.handle.gone;
    clearTimeout(late);
  };

  const refresh = async (slot: Slot): Promise<void> => {
    if (slot.state !== 'ready' && slot.state !== 'draining') return;
    const asked = slot.handle.api.summary({}).catch(() => undefined);
    const summary = await within(SUMMARY_WITHIN_MS, asked, () => undefined);
    if (summary !== undefined) slot.summary = summary;
  };

  const problems = (): Problem[] => {
    const hint = 'see `cliproxyctl logs`';
    if (policy.isLooping(now())) {
      return [{ code: 'worker_crashing', message: `workers keep crashing: ${lastError}`, hint }];
    }
    if (isEnding || ready().length > 0) return [];
    return [{ code: 'no_worker', message: `no worker is ready: ${lastError}`, hint }];
  };

  const end = (): void => {
    isEnding = true;
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  };

  return {
    async start({ source, listen, count, accounts = [] }) {
      current = { source, listen, accounts };
      const opened = await launch();
      for (let index = 1; index < count; index++) void launchOrRetry();
      return opened;
    },
    apply: (source, configHash) =>
      alone(async () => {
        const [first, ...others] = ready();
        const accounts = current?.accounts ?? [];
        const applied: Applied = (await first?.handle.api.apply({ source, accounts })) ?? { configHash, warnings: [] };
        if (current !== undefined) current = { ...current, source };
        if (first !== undefined) first.configHash = applied.configHash;
        await give(others, source, accounts);
        return applied;
      }),
    applyAccounts: (accounts) =>
      alone(async () => {
        if (current === undefined) return;
        current = { ...current, accounts };
        await give(ready(), current.source, accounts);
      }),
    async restart(drainMs) {
      if (ready().some(({ handle }) => handle.pid === process.pid)) {
        throw new AppError('single_process', 'the only worker is the daemon itself (`workers: 0`)', {
          hint: 'restart the daemon with `cliproxyctl restart`',
        });
      }
      for (const old of ready()) {
        await launch();
        await drainOne(old, { timeoutMs: drainMs, idleMs: HANDOVER_IDLE_MS });
      }
      return ready().map(describeSlot);
    },
    async drain(timeoutMs) {
      end();
      handover?.close();
      for (const slot of slots.values()) if (slot.state === 'starting') slot.handle.kill();
      await Promise.all(ready().map((slot) => drainOne(slot, { timeoutMs, idleMs: 0 })));
      await Promise.all([...slots.values()].map(({ handle }) => handle.gone));
    },
    killAll() {
      end();
      handover?.close();
      for (const slot of slots.values()) slot.handle.kill();
    },
    isReady: () => !isEnding && ready().length > 0,
    any() {
      const [slot] = ready();
      if (slot === undefined) throw noWorker();
      return slot.handle.api;
    },
    all() {
      const slots = ready();
      if (slots.length === 0) throw noWorker();
      return slots.map(({ handle }) => handle.api);
    },
    async report() {
      await Promise.all([...slots.values()].map(refresh));
      const known = [...slots.values()];
      return { workers: known.map(describeSlot), restarts, problems: problems(), counts: totalsOf(known, past) };
    },
  };
}
