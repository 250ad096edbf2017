import { type Command, CommanderError } from 'commander';
import { AppError } from '../shared/errors.js';
import { EXIT } from '../shared/exit.js';
import type { CommandEntry } from './command-entry.js';
import { openContext } from './context.js';
import { type Failure, toFailure } from './ui/failure.js';
import { openOutput } from './ui/output.js';

export interface ConductOptions {
  readonly args: readonly string[];
  /** `--json` stands anywhere among the arguments. */
  readonly isJson: boolean;
  readonly entry: CommandEntry | undefined;
  readonly entries: readonly CommandEntry[];
  readonly buildProgram: (loaded?: readonly Command[]) => Command;
}

/** Loads the command, runs it, and turns whatever it throws into words and an exit code. */
export async function conduct({ args, isJson, entry, entries, buildProgram }: ConductOptions): Promise<number> {
  const output = openOutput({
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    isJson,
    command: entry?.name ?? 'cliproxyctl',
    now: Date.now,
  });
  let exitCode: number = EXIT.ok;
  const context = openContext({
    output,
    exit(code) {
      exitCode = code;
    },
    loadProgram: async () => {
      const factories = await Promise.all(entries.map(({ load }) => load()));
      const program = buildProgram(factories.map((factory) => factory(context)));
      prepare(program, () => undefined);
      return program;
    },
  });
  const printed = { out: '', err: '' };
  try {
    const factory = await entry?.load();
    const program = buildProgram(factory === undefined ? [] : [factory(context)]);
    prepare(program, (stream, text) => {
      printed[stream] += text;
    });
    const isHelp = args[0] === 'help';
    const words = isHelp ? [...args.slice(1), '--help'] : [...args];
    const { path, unknown } = follow(program, words, isHelp);
    output.setCommand(path);
    if (unknown !== undefined) throw unknownCommand(unknown);
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      // What an abort throws says nothing; a command that has words for it throws them itself.
      const isBare = context.isInterrupted && !(error instanceof AppError);
      const failure = toFailure(
        isBare ? new AppError('cancelled', 'interrupted', { cause: error }) : error,
        process.env,
      );
      output.fail(failure);
      return failure.exitCode;
    }
    if (error.exitCode === 0) {
      output.result({ stdout: printed.out }, () => printed.out.trimEnd());
      return EXIT.ok;
    }
    // A command group, or the program, called without a command: its help is the message.
    if (error.code === 'commander.help' && !isJson) output.note(printed.err.trimEnd());
    else output.fail(usageFailure(error));
    return EXIT.usage;
  } finally {
    context.close();
  }
}

/** Makes commander throw instead of ending the process, and collects what it would print. */
function prepare(command: Command, write: (stream: 'out' | 'err', text: string) => void): void {
  command
    .exitOverride()
    .helpOption('-h, --help', 'print help')
    .configureOutput({
      writeOut: (text) => write('out', text),
      writeErr: (text) => write('err', text),
      outputError: () => undefined,
    })
    .configureHelp({ subcommandTerm });
  // Groups and leaves alike may stand before `--json`.
  if (!command.options.some(({ long }) => long === '--json')) {
    command.option('--json', 'print one JSON envelope on stdout');
  }
  for (const child of command.commands) prepare(child, write);
}

const subcommandTerm = (command: Command): string =>
  [
    command.name(),
    ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`)),
  ].join(' ');

/** The commands that the first words of `args` lead to, such as `keys add`, and the word that leads nowhere. */
function follow(
  program: Command,
  args: readonly string[],
  isHelp: boolean,
): { path: string; unknown: string | undefined } {
  const names: string[] = [];
  let at = program;
  let unknown: string | undefined;
  for (const word of args) {
    if (word === '--json') continue;
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) {
      // A group with a default command would take the word for an argument of that one, and `--help` pass over it.
      if ((at !== program || isHelp) && at.commands.length > 0 && !word.startsWith('-')) unknown = word;
      break;
    }
    names.push(next.name());
    at = next;
  }
  return { path: names.join(' ') || program.name(), unknown };
}

const unknownCommand = (name: string): CommanderError =>
  new CommanderError(EXIT.usage, 'commander.unknownCommand', `error: unknown command '${name}'`);

/** Commander's own words, in our form: its second line is a suggestion. */
function usageFailure(error: CommanderError): Failure {
  if (error.code === 'commander.help') {
    return {
      message: 'missing command',
      hint: undefined,
      exitCode: EXIT.usage,
      details: { error: 'missing command', code: 'usage', hint: 'see --help' },
    };
  }
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const isUnknown = error.code === 'commander.unknownCommand';
  const message = isUnknown ? first.replace(/'([^']*)'/, '"$1"') : first;
  const hint = suggestion?.replace(/^\((.*)\)$/, '$1').replace(/^Did you mean /, 'did you mean ') ?? 'see --help';
  return {
    message,
    hint,
    exitCode: EXIT.usage,
    details: { error: isUnknown ? 'unknown command' : message, code: 'usage', hint, ...(isUnknown ? { message } : {}) },
  };
}
