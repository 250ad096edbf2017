import type { Clock } from '../../shared/clock.js';
import { AppError } from '../../shared/errors.js';
import { isGone, readLock } from '../../shared/lock.js';
import type { Management } from '../context.js';

const POLL_MS = 50;

export interface StopOptions {
  readonly management: Management;
  readonly runDir: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long running requests may go on; absent means the daemon's own default. */
  readonly drainTimeoutMs?: number | undefined;
  /** When to give up waiting for its end. */
  readonly patienceMs: number;
  /** Told how many requests are waited for. */
  readonly onDraining?: (requests: number) => void;
}

export interface Stopped {
  readonly wasRunning: boolean;
  readonly pid: number | undefined;
}

/** Asks the daemon to stop, by signal where its socket is silent, and resolves once its process and lock are gone. */
export async function stopDaemon(options: StopOptions): Promise<Stopped> {
  const { management, runDir, drainTimeoutMs, onDraining, signal } = options;
  const owner = await readLock(runDir);
  try {
    const { draining } = await management.shutdown(drainTimeoutMs === undefined ? {} : { drainTimeoutMs }, { signal });
    onDraining?.(draining);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (owner === undefined || isGone(owner)) {
      if (error.code === 'not_running') return { wasRunning: false, pid: undefined };
      throw error;
    }
    // Only a birth mark proves that the pid is still the daemon's and not a later process of the same number.
    if (owner.birth === undefined) throw error;
    process.kill(owner.pid, 'SIGTERM');
  }
  await waitUntilGone(options, owner?.instanceId);
  return { wasRunning: true, pid: owner?.pid };
}

async function waitUntilGone(
  { runDir, clock, signal, patienceMs }: StopOptions,
  instanceId: string | undefined,
): Promise<void> {
  const giveUpAt = clock.now() + patienceMs;
  for (;;) {
    const owner = await readLock(runDir);
    if (owner === undefined || owner.instanceId !== instanceId || isGone(owner)) return;
    if (clock.now() >= giveUpAt) {
      throw new AppError('stop_timeout', `the daemon (pid ${owner.pid}) has not ended after ${patienceMs / 1000} s`, {
        hint: `look at \`cliproxyctl logs\`, or end process ${owner.pid} yourself`,
        details: { pid: owner.pid },
      });
    }
    await clock.sleep(POLL_MS, signal);
  }
}
