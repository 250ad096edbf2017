import { Command } from 'commander';
import type { CliContext } from '../context.js';
import { becomeDaemon } from '../process/foreground.js';

export const runCommand = (context: CliContext): Command =>
  new Command('run')
    .option('--config <file>', 'the config file')
    .option('--json', 'print failures of the start as JSON; the log is JSON in any case')
    .addHelpText('after', '\nThe log goes to stdout. Ctrl-C or SIGTERM ends it once running requests are done.')
    .action(async ({ config }: { config?: string }) => {
      const { path } = await context.findConfig(config);
      await becomeDaemon(context.daemonEntry, ['--config', path]);
      context.exit(Number(process.exitCode ?? 0));
    });
