import { Argument, Command } from 'commander';
import type { CliContext } from '../context.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export const completionCommand = (context: CliContext): Command =>
  new Command('completion')
    .addArgument(new Argument('<shell>', 'the shell to complete for').choices(SHELLS))
    .addHelpText(
      'after',
      '\nbash:  eval "$(cliproxyctl completion bash)"        in ~/.bashrc\nzsh:   source <(cliproxyctl completion zsh)          in ~/.zshrc\nfish:  cliproxyctl completion fish | source          in config.fish',
    )
    .action(async (shell: Shell) => {
      const [program, { completionTable }, script] = await Promise.all([
        context.loadProgram(),
        import('../completion/table.js'),
        loadScript(shell),
      ]);
      const text = script(completionTable(program));
      context.output.result({ shell, script: text }, () => text.trimEnd());
    });

async function loadScript(shell: Shell): Promise<typeof import('../completion/bash.js').bashScript> {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.js')).bashScript;
    case 'zsh':
      return (await import('../completion/zsh.js')).zshScript;
    case 'fish':
      return (await import('../completion/fish.js')).fishScript;
  }
}
