import { Command } from 'commander';
import type {
  AilmentView,
  CredentialDetail,
  CredentialSummary,
  CredentialTest,
} from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { type Column, renderFacts, renderTable } from '../ui/table.js';
import { clean, count, duration } from '../ui/text.js';

export const credentialsCommand = (context: CliContext): Command => {
  const list = new Command('list').description('list them (the default)').action(() => listCredentials(context));
  return new Command('credentials')
    .helpCommand(false)
    .addCommand(list, { isDefault: true })
    .addCommand(showCommand(context))
    .addCommand(resetCommand(context))
    .addCommand(testCommand(context));
};

const ID_HELP = 'its id, as `credentials list` shows it';
/** Longer than the daemon waits for the upstream. */
const TEST_TIMEOUT_MS = 40_000;

const showCommand = (context: CliContext): Command =>
  new Command('show')
    .description('show one with its models and what each rests for')
    .argument('<id>', ID_HELP)
    .action(async (id: string) => {
      const credential = await context.management.showCredential({ id });
      context.output.result(credential, () => renderDetail(credential, context));
    });

const resetCommand = (context: CliContext): Command =>
  new Command('reset')
    .description('forget cooldowns and session bindings')
    .argument('[id]', ID_HELP)
    .option('--all', 'of every credential')
    .action(async (id: string | undefined, { all }: { all?: boolean }) => {
      if ((id === undefined) === (all !== true)) {
        throw new AppError('usage', 'give one id, or --all', {
          hint: 'run `cliproxyctl credentials` for the ids',
          exitCode: EXIT.usage,
        });
      }
      const { reset } = await context.management.resetCredentials({ id });
      context.output.result({ reset }, () => `reset ${count(reset.length, 'credential')}`);
    });

const testCommand = (context: CliContext): Command =>
  new Command('test')
    .description('send one tiny request through one of them')
    .argument('<id>', ID_HELP)
    .option('--model <name>', 'which of its models; the first if not given')
    .action(async (id: string, { model }: { model?: string }) => {
      const result = await context.management.testCredential({ id, model }, { timeoutMs: TEST_TIMEOUT_MS });
      context.output.result(result, () => renderTest(result, context), result.works);
      if (!result.works) context.exit(EXIT.failed);
    });

function renderTest({ label, model, works, status, latencyMs, error }: CredentialTest, { output }: CliContext): string {
  const { color } = output;
  const how = `${status} after ${latencyMs} ms`;
  if (works) return `${color.green('works')}: ${clean(label)} answers for ${clean(model)} (${how})`;
  return `${color.red('fails')}: ${clean(label)} for ${clean(model)} (${how}): ${clean(error?.message ?? 'no reason given')}`;
}

function renderDetail(credential: CredentialDetail, context: CliContext): string {
  const { color, width } = context.output;
  const now = context.clock.now();
  const { id, provider, label, baseUrl, proxy, priority, weight, prefix, offers } = credential;
  const facts: (readonly [string, string | undefined])[] = [
    ['id', id],
    ['provider', provider],
    ['label', label],
    ['upstream', baseUrl],
    ['proxy', proxy],
    ['prefix', prefix],
    ['priority', String(priority)],
    ['weight', String(weight)],
    ['state', stateOf(credential, now)],
  ];
  const known = facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, clean(value)] as const]));
  const columns: readonly Column<CredentialDetail['offers'][number]>[] = [
    { title: 'MODEL', value: ({ name }) => name },
    { title: 'UPSTREAM MODEL', value: ({ name, model }) => (name === model ? '' : model) },
    {
      title: 'STATE',
      value: ({ ailment }) => ailmentText(ailment, now),
      style: (cell, { ailment }) => (ailment === undefined ? color.green(cell) : color.yellow(cell)),
    },
  ];
  return `${renderFacts(known, color.dim)}\n\n${renderTable(offers, columns, { width, heading: color.dim })}`;
}

function ailmentText(ailment: AilmentView | undefined, now: number): string {
  if (ailment === undefined) return 'ready';
  const { state, reason, status, until, probeAt } = ailment;
  const why = status === undefined ? reason : `${reason} (${status})`;
  if (state !== 'cooling') return `${state} after ${why}`;
  const probe = probeAt !== undefined && probeAt < until ? `, probed in ${duration(probeAt - now)}` : '';
  return `cooling ${duration(until - now)} after ${why}${probe}`;
}

async function listCredentials(context: CliContext): Promise<void> {
  const { credentials } = await context.management.listCredentials({});
  const { color, width } = context.output;
  context.output.result({ credentials }, () => {
    if (credentials.length > 0) {
      return renderTable(credentials, columns(context, context.clock.now()), { width, heading: color.dim });
    }
    context.output.note('no credential is configured: add one with `cliproxyctl setup`');
    return '';
  });
}

function columns({ output }: CliContext, now: number): readonly Column<CredentialSummary>[] {
  const { color } = output;
  const paint = { ready: color.green, cooling: color.yellow, disabled: color.dim };
  return [
    { title: 'ID', value: ({ id }) => id },
    { title: 'PROVIDER', value: ({ provider }) => provider },
    { title: 'LABEL', value: ({ label }) => label, isFlexible: true },
    { title: 'STATE', value: (row) => stateOf(row, now), style: (cell, { state }) => paint[state](cell) },
    { title: 'MODELS', value: ({ models }) => String(models), align: 'right' },
    { title: 'PRIORITY', value: ({ priority }) => (priority === 0 ? '' : String(priority)), align: 'right' },
    { title: 'WEIGHT', value: ({ weight }) => (weight === 1 ? '' : String(weight)), align: 'right' },
    { title: 'PREFIX', value: ({ prefix }) => prefix ?? '' },
    { title: 'UPSTREAM', value: ({ baseUrl }) => baseUrl ?? '', isFlexible: true },
    { title: 'REASON', value: ({ reason }) => reason ?? '', isFlexible: true },
  ];
}

function stateOf({ state, coolingUntil }: CredentialSummary, now: number): string {
  return state === 'cooling' && coolingUntil !== undefined ? `cooling ${duration(coolingUntil - now)}` : state;
}
