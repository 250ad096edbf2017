import { Command } from 'commander';
import type { CliContext } from '../context.js';

export const reloadCommand = (context: CliContext): Command =>
  new Command('reload').action(async () => {
    const reloaded = await context.management.reload({});
    for (const { message, hint } of reloaded.warnings) context.output.warn(message, hint);
    if (reloaded.restartNeeded.length > 0) {
      context.output.warn(
        `takes effect only after a restart: ${reloaded.restartNeeded.join(', ')}`,
        'run `cliproxyctl restart`',
      );
    }
    context.output.result(reloaded, () => (reloaded.changed ? 'reloaded' : 'nothing changed'));
  });
