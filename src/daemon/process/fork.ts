import type { Serializable } from 'node:child_process';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../../shared/errors.js';
import type { LogSink } from '../observe/log.js';
import { LOG_FD, wholeLines } from '../observe/pipe-sink.js';
import { answerAsk, type PrimaryApi } from './asks.js';
import { openGiving } from './given.js';
import type { Taker } from './handover.js';
import { connectLink, type WorkerApi } from './link.js';
import { type ForkedWorker, forkWorker } from './prefork.js';

/** A worker, wherever it runs. */
export interface WorkerHandle {
  readonly pid: number;
  readonly api: WorkerApi;
  /** Resolves with the reason once the worker is gone. */
  readonly gone: Promise<WorkerEnd>;
  kill(): void;
  /** Absent: this worker accepts by itself. */
  readonly taker?: Taker;
}

export interface WorkerEnd {
  /** For people: an exit code, a signal, or the error it died of. */
  readonly reason: string;
  readonly isClean: boolean;
}

export type StartWorker = () => WorkerHandle;

const crashSchema = z.object({ kind: z.literal('crash'), message: z.string() });

export interface ForkOptions {
  /** Takes the workers' finished log lines. */
  readonly logs: LogSink;
  /** Already forked, and used first. */
  readonly firstWorker: ForkedWorker | undefined;
  /** Answers what workers ask. */
  readonly primary?: PrimaryApi;
}

/** Workers in processes of their own; a single one accepts through node:cluster, several get their connections handed over. */
export function forkedWorkers({ logs, firstWorker, primary }: ForkOptions): StartWorker {
  let waiting = firstWorker;
  return () => {
    const forked = waiting ?? forkWorker();
    waiting = undefined;
    return handleOf(forked, logs, primary);
  };
}

function handleOf({ worker, onMessage }: ForkedWorker, logs: LogSink, primary?: PrimaryApi): WorkerHandle {
  const log = worker.process.stdio[LOG_FD];
  if (isReadable(log)) log.on('data', wholeLines(logs)).on('error', () => log.destroy());

  let lastWords: string | undefined;
  const giving = openGiving(worker);
  const send = (message: Serializable): void => {
    // A send to a dead worker fails here and in `exit` below, which is the one that tells.
    if (worker.isConnected()) worker.send(message, undefined, () => undefined);
  };
  const remote = connectLink({
    send,
    onMessage: (listener) =>
      onMessage((message) => {
        if (giving.hear(message)) return;
        const crash = crashSchema.safeParse(message);
        if (crash.success) lastWords = crash.data.message;
        else listener(message);
        void answerAsk(message, primary, send);
      }),
  });
  worker.on('error', (error) => {
    lastWords = error.message;
  });
  const gone = new Promise<WorkerEnd>((resolve) => {
    const end = (code: number | null, signal: string | null): void => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const reason = lastWords === undefined ? how : `${lastWords} (${how})`;
      giving.hangUp();
      remote.hangUp(new AppError('worker_gone', `the worker ended: ${reason}`, { hint: 'the log has the details' }));
      resolve({ reason, isClean: code === 0 });
    };
    if (worker.isDead()) end(worker.process.exitCode, worker.process.signalCode);
    else worker.once('exit', end);
  });
  return {
    pid: worker.process.pid ?? 0,
    api: remote.api,
    gone,
    kill: () => void worker.process.kill('SIGKILL'),
    taker: giving,
  };
}

/** The worker inside this process (`workers: 0`): it is gone only when drained. */
export function localWorker(api: WorkerApi): WorkerHandle {
  let leave: (end: WorkerEnd) => void = () => undefined;
  const gone = new Promise<WorkerEnd>((resolve) => {
    leave = resolve;
  });
  return {
    pid: process.pid,
    api: {
      ...api,
      async drain(input) {
        const done = await api.drain(input);
        leave({ reason: 'drained', isClean: true });
        return done;
      },
    },
    gone,
    kill: () => leave({ reason: 'killed', isClean: false }),
  };
}

const isReadable = (stream: unknown): stream is Readable =>
  typeof stream === 'object' && stream !== null && 'on' in stream && 'readable' in stream;
