import type { CompletionCommand } from './table.js';

/** A completion script for bash 4 and newer, without any helper package. */
export function bashScript(table: readonly CompletionCommand[]): string {
  return `# bash completion for cliproxyctl: eval "$(cliproxyctl completion bash)"
_cliproxyctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$path $word" in
${table
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      ${quote(` ${path.join(' ')}`)}) path=${quote(` ${path.join(' ')}`)} ;;`)
  .join('\n')}
    esac
  done
  local words="" values=""
  case "$path" in
${table.map(branch).join('\n')}
  esac
  case "$values" in
    @files) COMPREPLY=($(compgen -f -- "$current")) ;;
    @any) COMPREPLY=() ;;
    ?*) COMPREPLY=($(compgen -W "$values" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o default -F _cliproxyctl cliproxyctl
`;
}

function branch({ path, subcommands, options, argumentValues }: CompletionCommand): string {
  const words = [...subcommands.map(({ name }) => name), ...argumentValues, ...options.flatMap(({ flags }) => flags)];
  const values = options
    .filter(({ takesValue }) => takesValue)
    .map((option) => {
      const given = option.takesFile ? '@files' : option.values.join(' ') || '@any';
      return `        ${option.flags.join('|')}) values=${quote(given)} ;;`;
    });
  const key = path.length === 0 ? '' : ` ${path.join(' ')}`;
  return [
    `    ${quote(key)})`,
    `      words=${quote(words.join(' '))}`,
    ...(values.length === 0 ? [] : ['      case "$previous" in', ...values, '      esac']),
    '      ;;',
  ].join('\n');
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
