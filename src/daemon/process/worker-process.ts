import cluster from 'node:cluster';
import { Socket } from 'node:net';
import { AppError } from '../../shared/errors.js';
import { openLog } from '../observe/log.js';
import { LOG_FD, openPipeSink } from '../observe/pipe-sink.js';
import { createRedactor } from '../observe/redact.js';
import { connectAsks } from './asks.js';
import type { OpenDataPlane } from './data-plane.js';
import { givenSchema, type Took } from './given.js';
import { type Channel, serveLink } from './link.js';
import { createWorker } from './worker.js';

/** How long an orphan lets its streams run when nobody can tell it the configured time any more. */
const ORPHAN_DRAIN_MS = 30_000;
const LAST_WORDS_WITHIN_MS = 500;

/** Sent on its own when a worker dies of an error, so that `status` can say which. */
interface CrashNotice {
  readonly kind: 'crash';
  readonly message: string;
}

export interface WorkerProcessOptions {
  readonly openDataPlane: OpenDataPlane;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs this process as a worker of the primary that forked it. */
export function runWorkerProcess({ openDataPlane, env }: WorkerProcessOptions): void {
  const sink = openPipeSink(LOG_FD);
  const redactor = createRedactor();
  const log = openLog({ sink, redactor, base: { worker: cluster.worker?.id ?? 0 } });
  // A terminal and a service manager signal the whole group; the primary decides what its workers do.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => log.debug({ signal }, 'left to the primary'));
  process.on('uncaughtException', (error) => {
    const dying = openLog({ sink: { write: (lines) => sink.writeNow(String(lines)) }, redactor });
    dying.fatal({ err: error }, 'worker died of an error');
    setTimeout(() => process.exit(1), LAST_WORDS_WITHIN_MS);
    const notice: CrashNotice = { kind: 'crash', message: redactor.redact(error.message) };
    processChannel.send(notice, () => process.exit(1));
  });

  const asks = connectAsks(processChannel);
  const worker = createWorker({
    openDataPlane,
    log,
    redactor,
    env,
    primary: asks.api,
    takeConnections: takeFromPrimary,
  });
  const leave = (): void => void sink.flush().then(() => process.exit(0));
  cluster.worker?.on('disconnect', () => {
    // Else node ends the process at once, and with it the running streams.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
    asks.hangUp(new AppError('primary_gone', 'the primary process has ended'));
    log.warn('the primary is gone: finishing what runs, then leaving');
    void worker.drain({ timeoutMs: ORPHAN_DRAIN_MS, idleMs: 0 }).then(leave, leave);
  });
  serveLink(processChannel, worker, (name) => {
    if (name === 'drain') leave();
  });
}

/** What is given to this process over its channel; the primary keeps its copy until it hears that it has arrived. */
function takeFromPrimary(take: (socket: Socket) => void): void {
  process.on('message', (message: unknown, handle: unknown) => {
    const given = givenSchema.safeParse(message);
    if (!given.success) return;
    // A connection that has closed on its way arrives without a handle.
    if (handle instanceof Socket) take(handle);
    processChannel.send({ kind: 'took', id: given.data.id } satisfies Took);
  });
}

const processChannel: Channel = {
  send(message, done) {
    if (!process.connected || process.send === undefined) done?.();
    else process.send(message, undefined, undefined, () => done?.());
  },
  onMessage: (listener) => void process.on('message', listener),
};
