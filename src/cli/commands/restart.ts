import { Command } from 'commander';
import { AppError } from '../../shared/errors.js';
import type { CliContext } from '../context.js';
import { wholeNumber } from '../option-values.js';
import { report, runningStatus, start } from './start.js';
import { stop } from './stop.js';

interface RestartOptions {
  readonly config?: string;
  readonly timeout?: number;
}

export const restartCommand = (context: CliContext): Command =>
  new Command('restart')
    .option('--config <file>', 'the config file; default: the one it runs with')
    .option('--timeout <seconds>', 'how long running requests may go on (default: 30)', wholeNumber('timeout', 0, 3600))
    .action(async ({ config, timeout }: RestartOptions) => {
      // A daemon of another version answers in words we do not know; that is a reason to restart it, not to refuse.
      const running = await runningStatus(context).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'contract_mismatch') return undefined;
        throw error;
      });
      await stop(context, timeout);
      const [status, wasRunning] = await start(context, config ?? running?.configPath);
      report(context, status, wasRunning);
    });
