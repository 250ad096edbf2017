import { Command } from 'commander';
import type { CredentialSummary } from '../../shared/contract/lifecycle.js';
import type { CliContext } from '../context.js';
import { type Column, renderTable } from '../ui/table.js';
import { duration } from '../ui/text.js';

export const credentialsCommand = (context: CliContext): Command => {
  const list = new Command('list').description('list them (the default)').action(() => listCredentials(context));
  return new Command('credentials').helpCommand(false).addCommand(list, { isDefault: true });
};

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
