import type { Command } from 'commander';
import type { CliContext } from './context.js';

/** One line of the command table. Only the command that was asked for is loaded, so `--help` stays fast. */
export interface CommandEntry {
  readonly name: string;
  /** Heading in the help. */
  readonly group: string;
  readonly description: string;
  readonly load: () => Promise<(context: CliContext) => Command>;
}
