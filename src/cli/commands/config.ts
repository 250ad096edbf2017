import { Command } from 'commander';
import type { CliContext } from '../context.js';

interface ConfigOptions {
  readonly config?: string;
  readonly reveal?: boolean;
}

const CONFIG_FLAG = ['--config <file>', 'the config file'] as const;

export const configCommand = (context: CliContext): Command =>
  new Command('config')
    .helpCommand(false)
    .addCommand(
      new Command('path')
        .description('print where it is')
        .option(...CONFIG_FLAG)
        .action(async ({ config }: ConfigOptions) => {
          const { path, exists, source } = await context.findConfig(config);
          context.output.result({ config_path: path, config_exists: exists, source }, () => path);
          if (!exists) context.output.note('there is no file there yet: `cliproxyctl setup` writes one');
        }),
    )
    .addCommand(
      new Command('show')
        .description('print it, secrets masked')
        .option(...CONFIG_FLAG)
        .option('--reveal', 'print the secrets too')
        .action(async ({ config, reveal = false }: ConfigOptions) => {
          const { showConfig } = await import('../config-commands/show.js');
          await showConfig(context, (await context.findConfig(config)).path, reveal);
        }),
    )
    .addCommand(
      new Command('validate')
        .description('check it, and name every problem')
        .option(...CONFIG_FLAG)
        .action(async ({ config }: ConfigOptions) => {
          const { validateConfig } = await import('../config-commands/validate.js');
          await validateConfig(context, (await context.findConfig(config)).path);
        }),
    )
    .addCommand(
      new Command('edit')
        .description('open it in $VISUAL or $EDITOR; it is checked before it is saved')
        .option(...CONFIG_FLAG)
        .action(async ({ config }: ConfigOptions) => {
          const { editConfigFile } = await import('../config-commands/edit.js');
          await editConfigFile(context, (await context.findConfig(config)).path);
        }),
    )
    .addCommand(
      new Command('schema').description('print the JSON schema of it, for editors').action(async () => {
        const { configJsonSchema } = await import('../../shared/config/json-schema.js');
        const schema = configJsonSchema();
        context.output.result({ schema }, () => JSON.stringify(schema, undefined, 2));
      }),
    );
