import cluster, { type Worker } from 'node:cluster';
import { readFileSync } from 'node:fs';

/** A forked worker whose messages are kept until somebody listens: node would drop them. */
export interface ForkedWorker {
  readonly worker: Worker;
  /** Gives the messages so far and all later ones to its first, and only, listener. */
  onMessage(listener: (message: unknown) => void): void;
}

/** Forks this same program; see `worker-process.ts` for its side, `pipe-sink.ts` for the fifth pipe. */
export function forkWorker(): ForkedWorker {
  // A worker that listens accepts by itself, which saves a hop; several of them never listen, see `handover.ts`.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'], serialization: 'json' });
  const worker = cluster.fork();
  const early: unknown[] = [];
  let give = (message: unknown): void => void early.push(message);
  worker.on('message', (message: unknown) => give(message));
  return {
    worker,
    onMessage(listener) {
      give = listener;
      for (const message of early.splice(0)) listener(message);
    },
  };
}

/**
 * Forks the first worker before the rest of the primary is even loaded, so that both load at once: a third of the start
 * time. Looks at the config with half an eye; when it was wrong, the worker is ended and nothing is lost.
 */
export function forkEarly(configPath: string | undefined): ForkedWorker | undefined {
  if (configPath === undefined) return undefined;
  const workers = workersIn(configPath);
  return workers === undefined || workers === '0' ? undefined : forkWorker();
}

function workersIn(configPath: string): string | undefined {
  try {
    return /^workers:\s*["']?(\w+)/m.exec(readFileSync(configPath, 'utf8'))?.[1] ?? '1';
  } catch {
    return undefined;
  }
}
