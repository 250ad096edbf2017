import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { toErrorReply } from '../../shared/contract/error-reply.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import { logFileFor } from '../../shared/instance.js';
import { resolvePaths } from '../../shared/paths.js';
import type { DaemonOptions } from './daemon-options.js';
import type { ForkedWorker } from './prefork.js';
import { type Primary, type PrimaryOptions, startPrimary } from './primary.js';

export interface PrimaryProcessOptions extends DaemonOptions {
  /** Forked while this module was loading. */
  readonly firstWorker: ForkedWorker | undefined;
}

/** A person presses Ctrl-C twice; a terminal and a wrapper pass the same one on within a moment. */
const SAME_SIGNAL_MS = 300;

/** Runs this process as the primary: start, handshake, signals, end. */
export async function runPrimaryProcess(options: PrimaryProcessOptions): Promise<void> {
  let primary: Primary | undefined;
  const dieOf = (error: unknown): void => {
    // Before there is a log, and its knowledge of secrets, whoever started us reads stderr.
    if (primary !== undefined) primary.lastWords(error);
    else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    // Workers see the closed channel, drain and leave; the service manager starts us again.
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', dieOf);
  // The reader of a pipe may leave before us; that is no reason to stop serving.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stream.destroy());
  const signals = takeSignals(() => primary);
  try {
    primary = await startPrimary(primaryOptions(options));
    signals.started();
    await announceReady(primary);
  } catch (error) {
    await announceFailure(error);
    process.exit(error instanceof AppError ? error.exitCode : EXIT.failed);
  }
  await primary.ended;
  process.exit(EXIT.ok);
}

function primaryOptions(options: PrimaryProcessOptions): PrimaryOptions {
  const { args, env, loadDataPlane, loadAccountParts, openLogStream, firstWorker } = options;
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new AppError('usage', 'the daemon needs --config <file>', {
      hint: 'start it with `cliproxyctl start`',
      exitCode: EXIT.usage,
    });
  }
  const { runDir, logDir } = resolvePaths({ env });
  return {
    configPath: resolve(values.config),
    runDir,
    logFile: logFileFor(logDir),
    loadDataPlane,
    env,
    firstWorker,
    ...(loadAccountParts === undefined ? {} : { loadAccountParts }),
    ...(isForeground() ? { echo: { write: writeToStdout } } : {}),
    ...(openLogStream === undefined ? {} : { openLogStream }),
  };
}

/** Without a channel nobody waits for our word but the person at the terminal, or a service manager. */
const isForeground = (): boolean => process.send === undefined;

function takeSignals(primary: () => Primary | undefined): { started(): void } {
  let firstAt: number | undefined;
  const stop = (): void => {
    const now = Date.now();
    if (firstAt !== undefined && now - firstAt < SAME_SIGNAL_MS) return;
    const running = primary();
    if (firstAt !== undefined) {
      running?.kill();
      process.exit(EXIT.failed);
    }
    firstAt = now;
    void running?.shutdown();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', () => void primary()?.reload('SIGHUP'));
  return {
    // A signal that came while starting is obeyed as soon as there is something to end in order.
    started() {
      if (firstAt !== undefined) void primary()?.shutdown();
    },
  };
}

async function announceReady(primary: Primary): Promise<void> {
  const status = await primary.status();
  if (!isForeground()) return tell({ type: 'ready', status });
  process.stderr.write(`cliproxyctl ${status.version} serves ${status.counts.models} models at ${status.listen.url}\n`);
}

async function announceFailure(error: unknown): Promise<void> {
  const reply = toErrorReply(error);
  if (!isForeground()) return tell({ type: 'failed', ...reply });
  const hint = reply.error.hint === undefined ? '' : `hint: ${reply.error.hint}\n`;
  process.stderr.write(`error: ${reply.error.message}\n${hint}`);
}

/** Resolves when the message has left, or when the one who started us is gone. */
const tell = (message: object): Promise<void> =>
  new Promise((done) => {
    if (!process.connected || process.send === undefined) return done();
    process.send(message, undefined, undefined, () => done());
  });

function writeToStdout(lines: string | Uint8Array): void {
  if (!process.stdout.destroyed) process.stdout.write(lines);
}
