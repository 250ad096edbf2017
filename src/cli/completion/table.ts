import type { Command, Option } from 'commander';

export interface CompletionOption {
  /** As typed: `--port`, `-n`. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** Values it can take, where they are known. */
  readonly values: readonly string[];
  readonly takesFile: boolean;
}

export interface CompletionCommand {
  /** Words after the program's name; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  /** Known values of its arguments. */
  readonly argumentValues: readonly string[];
}

/** Flattens the command tree into what a completion script needs. */
export function completionTable(program: Command): readonly CompletionCommand[] {
  const table: CompletionCommand[] = [];
  const visit = (command: Command, path: readonly string[]): void => {
    const help = command.createHelp();
    const children = help.visibleCommands(command).filter((child) => child.name() !== 'help' || path.length === 0);
    table.push({
      path,
      description: firstLine(command.description()),
      subcommands: children.map((child) => ({ name: child.name(), description: firstLine(child.description()) })),
      options: help.visibleOptions(command).map(describe),
      argumentValues:
        path[0] === 'help'
          ? program.commands.map((child) => child.name())
          : command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    });
    for (const child of children) visit(child, [...path, child.name()]);
  };
  visit(program, []);
  return table;
}

function describe(option: Option): CompletionOption {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: firstLine(option.description),
    takesValue: option.required || option.optional,
    values: option.argChoices ?? [],
    takesFile: /<(file|path)>/.test(option.flags),
  };
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
