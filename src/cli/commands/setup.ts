import { Command, Option } from 'commander';
import { readConfigState } from '../config-state.js';
import type { CliContext } from '../context.js';
import { wholeNumber } from '../option-values.js';
import { SECTIONS } from '../setup/providers.js';
import { type SetupFlags, setUp } from '../setup/set-up.js';

export const setupCommand = (context: CliContext): Command =>
  new Command('setup')
    .option('--config <file>', 'the config file to write')
    .addOption(new Option('--provider <section>', 'the kind of provider to add').choices(SECTIONS))
    .option('--api-key-env <name>', 'take its key from this environment variable')
    .option('--api-key-file <file>', 'take its key from this file')
    .option('--api-key-stdin', 'take its key from standard input')
    .option('--base-url <url>', 'its address; default: the vendor itself')
    .option('--name <name>', 'its name (openai-compatibility)')
    .option('--model <name>', 'a model it serves, name or name=alias; may be repeated (openai-compatibility)', collect)
    .option('--port <n>', 'port of the gateway', wholeNumber('port', 1, 65_535))
    .option('-y, --yes', 'ask nothing: take the flags, and defaults for all else')
    .addHelpText(
      'after',
      '\nKeys are never arguments: others on this machine could read them.\n\n  cliproxyctl setup\n  cliproxyctl setup --provider claude-api-key --api-key-env ANTHROPIC_API_KEY\n  cliproxyctl setup --provider openai-compatibility --name ollama --base-url http://127.0.0.1:11434/v1 --model llama3.3',
    )
    .action(async (flags: SetupFlags) => {
      const { path } = await context.findConfig(flags.config);
      await setUp(context, await readConfigState(path, context.env), flags);
    });

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
