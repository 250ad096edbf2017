import { Command } from 'commander';
import { AppError } from '../../shared/errors.js';
import type { CliContext } from '../context.js';
import { wholeNumber } from '../option-values.js';
import { readDaemonLog, readLogFile } from '../process/follow.js';
import { renderLogLine } from '../ui/log-line.js';

interface LogsOptions {
  readonly follow?: boolean;
  readonly lines: number;
}

export const logsCommand = (context: CliContext): Command =>
  new Command('logs')
    .option('-f, --follow', 'keep printing new lines until interrupted')
    .option('-n, --lines <n>', 'how many of the newest lines', wholeNumber('lines', 1, 10_000), 100)
    .option('--json', 'print the lines as they are, one JSON object each')
    .action(async ({ follow = false, lines }: LogsOptions) => {
      const { output } = context;
      const print = (line: string): void => output.line(output.isJson ? line : renderLogLine(line, output.color));
      const signal = context.interrupted();
      const { management } = context;
      try {
        for await (const line of readDaemonLog({ management, limit: lines, isFollowing: follow, signal })) print(line);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof AppError) || error.code !== 'not_running') throw error;
        if (follow) throw error;
        const logged = await readLogFile(context.logFile, lines);
        output.note(
          logged.length === 0
            ? 'the daemon is not running, and there is no log yet'
            : `the daemon is not running; the end of ${context.logFile}:`,
        );
        logged.forEach(print);
      }
    });
