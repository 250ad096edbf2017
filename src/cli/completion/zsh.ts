import type { CompletionCommand, CompletionOption } from './table.js';

/** A completion script for zsh: one function a command, called down the tree. */
export function zshScript(table: readonly CompletionCommand[]): string {
  return `#compdef cliproxyctl
# zsh completion for cliproxyctl: source <(cliproxyctl completion zsh)

${table.map((command) => functionOf(command)).join('\n\n')}

if [ "$funcstack[1]" = "_cliproxyctl" ]; then
  _cliproxyctl "$@"
else
  compdef _cliproxyctl cliproxyctl
fi
`;
}

const nameOf = (path: readonly string[]): string => ['_cliproxyctl', ...path].join('_').replaceAll('-', '_');

function functionOf({ path, subcommands, options, argumentValues }: CompletionCommand): string {
  const specs = options.flatMap(optionSpecs).map((spec) => `    ${spec} \\`);
  if (subcommands.length === 0) {
    const last = argumentValues.length > 0 ? `'*:value:(${argumentValues.join(' ')})'` : `'*:: :_default'`;
    return `${nameOf(path)}() {\n  _arguments -s \\\n${[...specs, `    ${last}`].join('\n')}\n}`;
  }
  const names = subcommands.map(({ name, description }) => `      ${quote(`${colons(name)}:${description}`)}`);
  const calls = subcommands.map(({ name }) => `        ${name}) ${nameOf([...path, name])} ;;`);
  return `${nameOf(path)}() {
  local line state
  local -a commands
  _arguments -C \\
${specs.join('\n')}
    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command)
      commands=(
${names.join('\n')}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
${calls.join('\n')}
      esac
      ;;
  esac
}`;
}

function optionSpecs(option: CompletionOption): string[] {
  const value = option.takesFile
    ? ':file:_files'
    : `:value:${option.values.length > 0 ? `(${option.values.join(' ')})` : ''}`;
  const description = option.description.replace(/[[\]]/g, '\\$&');
  return option.flags.map((flag) => quote(`${flag}[${description}]${option.takesValue ? value : ''}`));
}

const colons = (text: string): string => text.replaceAll(':', '\\:');
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
