import { Command } from 'commander';
import type { CredentialTest } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { changeCommands } from '../credentials/change.js';
import { needsLogin, renderCredential, renderCredentials } from '../credentials/render.js';
import { accountOf, ID_HELP, resolveCredential } from '../credentials/resolve.js';
import { transferCommands } from '../credentials/transfer.js';
import { loginCommandFor } from '../login/providers.js';
import { clean, count } from '../ui/text.js';

export const credentialsCommand = (context: CliContext): Command => {
  const list = new Command('list').description('list them (the default)').action(() => listCredentials(context));
  const group = new Command('credentials')
    .helpCommand(false)
    .addCommand(list, { isDefault: true })
    .addCommand(showCommand(context))
    .addCommand(testCommand(context))
    .addCommand(resetCommand(context));
  for (const command of [...changeCommands(context), ...transferCommands(context)]) group.addCommand(command);
  return group;
};

/** Longer than the daemon waits for the upstream. */
const TEST_TIMEOUT_MS = 40_000;

const showCommand = (context: CliContext): Command =>
  new Command('show')
    .description('show one with its models and what each rests for')
    .argument('<id>', ID_HELP)
    .action(async (text: string) => {
      const { id } = await resolveCredential(context.management, text);
      const credential = await context.management.showCredential({ id });
      context.output.result(credential, () => renderCredential(credential, context.output, context.clock.now()));
    });

const resetCommand = (context: CliContext): Command =>
  new Command('reset')
    .description('forget cooldowns and session bindings')
    .argument('[id]', ID_HELP)
    .option('--all', 'of every credential')
    .action(async (text: string | undefined, { all }: { all?: boolean }) => {
      if ((text === undefined) === (all !== true)) {
        throw new AppError('usage', 'give one id, or --all', {
          hint: 'run `cliproxyctl credentials` for the ids',
          exitCode: EXIT.usage,
        });
      }
      const id = text === undefined ? undefined : (await resolveCredential(context.management, text)).id;
      const { reset } = await context.management.resetCredentials({ id });
      context.output.result({ reset }, () => `reset ${count(reset.length, 'credential')}`);
    });

const testCommand = (context: CliContext): Command =>
  new Command('test')
    .description('send one tiny request through one of them')
    .argument('<id>', ID_HELP)
    .option('--model <name>', 'which of its models; the first if not given')
    .action(async (text: string, { model }: { model?: string }) => {
      const credential = await resolveCredential(context.management, text);
      const { id, provider } = credential;
      const result = await context.management.testCredential({ id, model }, { timeoutMs: TEST_TIMEOUT_MS });
      context.output.result(result, () => renderTest(result, context), result.works);
      if (result.works) return;
      if (needsLogin(credential)) context.output.note(`log in again with \`${loginCommandFor(provider)}\``);
      context.exit(needsLogin(credential) ? EXIT.loginNeeded : EXIT.failed);
    });

function renderTest({ label, model, works, status, latencyMs, error }: CredentialTest, { output }: CliContext): string {
  const { color } = output;
  const how = `${status} after ${latencyMs} ms`;
  if (works) return `${color.green('works')}: ${clean(label)} answers for ${clean(model)} (${how})`;
  return `${color.red('fails')}: ${clean(label)} for ${clean(model)} (${how}): ${clean(error?.message ?? 'no reason given')}`;
}

async function listCredentials(context: CliContext): Promise<void> {
  const { credentials } = await context.management.listCredentials({});
  const { output } = context;
  output.result({ credentials }, () => {
    if (credentials.length > 0) return renderCredentials(credentials, output, context.clock.now());
    output.note('no credential yet: log in with `cliproxyctl login`, or add a key with `cliproxyctl setup`');
    return '';
  });
  for (const credential of credentials.filter(needsLogin)) {
    output.note(
      `${output.talkColor.red('login needed')} for ${accountOf(credential)}: \`${loginCommandFor(credential.provider)}\``,
    );
  }
}
