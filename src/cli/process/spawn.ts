import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorReplySchema, fromErrorReply } from '../../shared/contract/error-reply.js';
import { AppError } from '../../shared/errors.js';

/** What the daemon says over the IPC channel, once, when its start is decided. */
const startMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  errorReplySchema.extend({ type: z.literal('failed') }),
]);

export interface LaunchOptions {
  /** The daemon's script. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes what the daemon and its run-time print outside the log. */
  readonly outputFile: string;
  readonly timeoutMs: number;
  /** Ends the waiting, and the daemon with it. */
  readonly signal: AbortSignal;
}

/**
 * Starts the daemon detached and resolves once it serves. Throws the daemon's own error, or `start_failed` with what it
 * printed when it died without one, `start_timeout`, `cancelled`.
 */
export async function launchDaemon(options: LaunchOptions): Promise<void> {
  const { timeoutMs, signal, outputFile } = options;
  const child = spawnDetached(options);
  const stop = (error: AppError): AppError => {
    child.kill('SIGTERM');
    return error;
  };
  let timer: NodeJS.Timeout | undefined;
  let interrupt: (() => void) | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stop(tooSlow(timeoutMs, outputFile))), timeoutMs);
    interrupt = () => reject(stop(new AppError('cancelled', 'interrupted, the daemon is not started')));
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
  });
  try {
    await Promise.race([readiness(child, outputFile), givenUp]);
  } finally {
    clearTimeout(timer);
    if (interrupt !== undefined) signal.removeEventListener('abort', interrupt);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function spawnDetached({ entry, args, env, outputFile }: LaunchOptions): ChildProcess {
  mkdirSync(dirname(outputFile), { recursive: true, mode: 0o700 });
  const file = openSync(outputFile, 'w', 0o600);
  try {
    return spawn(process.execPath, [entry, ...args], {
      detached: true,
      stdio: ['ignore', file, file, 'ipc'],
      env,
      windowsHide: true,
    });
  } finally {
    closeSync(file);
  }
}

function readiness(child: ChildProcess, outputFile: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const parsed = startMessage.safeParse(message);
      if (!parsed.success) return;
      if (parsed.data.type === 'ready') resolve();
      else reject(fromErrorReply(parsed.data));
    });
    child.once('error', (cause) => {
      reject(new AppError('start_failed', `node cannot be started: ${cause.message}`, { cause }));
    });
    child.once('exit', (code, signal) => {
      reject(died(signal === null ? `with code ${code}` : `by ${signal}`, outputFile));
    });
  });
}

const TAIL_LINES = 15;

function died(how: string, outputFile: string): AppError {
  const said = readFileSync(outputFile, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  return new AppError('start_failed', `the daemon ended ${how} before it was ready${said === '' ? '' : `:\n${said}`}`, {
    hint: said === '' ? 'run `cliproxyctl run` to see it start in the foreground' : `all of it is in ${outputFile}`,
    details: { output_file: outputFile },
  });
}

const tooSlow = (timeoutMs: number, outputFile: string): AppError =>
  new AppError('start_timeout', `the daemon is not ready after ${timeoutMs / 1000} s`, {
    hint: `look at ${outputFile} and at \`cliproxyctl logs\``,
    details: { output_file: outputFile },
  });
