import type { CompletionCommand, CompletionOption } from './table.js';

/** A completion script for fish. */
export function fishScript(table: readonly CompletionCommand[]): string {
  const lines = table.flatMap(({ path, subcommands, options, argumentValues }) => {
    // A group's words end with the next one; a command's options go on behind its arguments.
    const test = subcommands.length > 0 ? '__cliproxyctl_at' : '__cliproxyctl_in';
    const when = `-n ${quote(`${test} ${path.join(' ')}`.trim())}`;
    const head = `complete -c cliproxyctl ${when}`;
    return [
      ...subcommands.map(({ name, description }) => `${head} -f -a ${quote(name)} -d ${quote(description)}`),
      ...(argumentValues.length > 0 ? [`${head} -f -a ${quote(argumentValues.join(' '))}`] : []),
      ...options.map((option) => `${head} ${optionOf(option)}`),
    ];
  });
  return `# fish completion for cliproxyctl: cliproxyctl completion fish | source
function __cliproxyctl_words
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; or echo $word
  end
end
function __cliproxyctl_at
  set -l words (__cliproxyctl_words)
  test "$words" = "$argv"
end
function __cliproxyctl_in
  set -l words (__cliproxyctl_words)
  test (count $words) -ge (count $argv); and test "$words[1..(count $argv)]" = "$argv"
end
complete -c cliproxyctl -f
${lines.join('\n')}
`;
}

function optionOf(option: CompletionOption): string {
  const flags = option.flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = !option.takesValue
    ? ''
    : option.takesFile
      ? ' -r -F'
      : option.values.length > 0
        ? ` -x -a ${quote(option.values.join(' '))}`
        : ' -x';
  return `${flags.join(' ')}${value} -d ${quote(option.description)}`;
}

const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
