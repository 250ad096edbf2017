import { Command } from 'commander';
import { addKey, listKeys, revokeKey } from '../client-keys.js';
import type { CliContext } from '../context.js';
import { readSecret } from '../secret-input.js';
import { renderTable } from '../ui/table.js';

interface AddOptions {
  readonly config?: string;
  readonly stdin?: boolean;
}

export const keysCommand = (context: CliContext): Command =>
  new Command('keys')
    .helpCommand(false)
    .addCommand(listCommand(context), { isDefault: true })
    .addCommand(addCommand(context))
    .addCommand(revokeCommand(context));

const listCommand = (context: CliContext): Command =>
  new Command('list')
    .description('list them, masked (the default)')
    .option('--config <file>', 'the config file, when the daemon does not run')
    .action(async ({ config }: { config?: string }) => {
      const keys = await listKeys(context, config);
      const { color, width } = context.output;
      context.output.result({ keys }, () => {
        if (keys.length > 0) {
          return renderTable(
            keys,
            [
              { title: 'ID', value: ({ id }) => id },
              { title: 'KEY', value: ({ masked }) => masked },
            ],
            { width, heading: color.dim },
          );
        }
        context.output.note(
          'no client key: only this machine may use the gateway; add one with `cliproxyctl keys add`',
        );
        return '';
      });
    });

const addCommand = (context: CliContext): Command =>
  new Command('add')
    .description('add one; it is printed this once')
    .option('--stdin', 'read a key of your own from standard input instead of making a random one')
    .option('--config <file>', 'the config file, when the daemon does not run')
    .action(async ({ config, stdin }: AddOptions) => {
      const own = await readSecret({ stdin }, context);
      const added = await addKey(context, config, own);
      context.output.result(added, () => added.key);
      context.output.note(`added key ${added.id}; it is not shown again`);
    });

const revokeCommand = (context: CliContext): Command =>
  new Command('revoke')
    .description('remove one')
    .argument('<id>', 'its id, as `keys list` shows it')
    .option('--config <file>', 'the config file, when the daemon does not run')
    .action(async (id: string, { config }: { config?: string }) => {
      const revoked = await revokeKey(context, config, id);
      context.output.result(revoked, () => `revoked ${revoked.id} (${revoked.masked})`);
    });
