import { Command } from 'commander';
import { readConfigState } from '../config-state.js';
import type { CliContext } from '../context.js';
import { wholeNumber } from '../option-values.js';
import { type Stopped, stopDaemon } from '../process/stop.js';
import { count } from '../ui/text.js';
import { runningStatus } from './start.js';

export const stopCommand = (context: CliContext): Command =>
  new Command('stop')
    .option('--timeout <seconds>', 'how long running requests may go on (default: 30)', wholeNumber('timeout', 0, 3600))
    .action(async ({ timeout }: { timeout?: number }) => {
      const { wasRunning, pid } = await stop(context, timeout);
      context.output.result({ stopped: wasRunning, ...(pid === undefined ? {} : { pid }) }, () =>
        wasRunning ? 'stopped' : 'not running',
      );
    });

/** Stops the daemon and shows that it is waited for. */
export async function stop(context: CliContext, timeoutSeconds: number | undefined): Promise<Stopped> {
  const drainTimeoutMs = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000;
  const patienceMs = (drainTimeoutMs ?? (await configuredDrainMs(context))) + CLOSING_MS;
  const spinner = await context.output.spinner('stopping the gateway');
  try {
    return await stopDaemon({
      management: context.management,
      runDir: context.paths.runDir,
      clock: context.clock,
      signal: context.interrupted(),
      drainTimeoutMs,
      patienceMs,
      onDraining: (requests) => {
        if (requests > 0) spinner.update(`waiting for ${count(requests, 'running request')}`);
      },
    });
  } finally {
    spinner.stop();
  }
}

/** What flushing and closing may take after the last request. */
const CLOSING_MS = 10_000;
/** The daemon's own default. */
const DEFAULT_DRAIN_MS = 30_000;

/** How long the running daemon lets requests finish, as its config says. */
async function configuredDrainMs(context: CliContext): Promise<number> {
  const status = await runningStatus(context).catch(() => undefined);
  if (status === undefined) return DEFAULT_DRAIN_MS;
  const { config } = await readConfigState(status.configPath, context.env);
  return config === undefined ? DEFAULT_DRAIN_MS : config['drain-timeout-seconds'] * 1000;
}
