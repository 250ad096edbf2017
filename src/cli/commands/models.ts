import { Command } from 'commander';
import type { ModelSummary } from '../../shared/contract/lifecycle.js';
import type { CliContext } from '../context.js';
import { type Column, renderTable } from '../ui/table.js';

export const modelsCommand = (context: CliContext): Command =>
  new Command('models').action(async () => {
    const { models } = await context.management.listModels({});
    const { color, width } = context.output;
    context.output.result({ models }, () => {
      if (models.length > 0) return renderTable(models, COLUMNS, { width, heading: color.dim });
      context.output.note('no model is served: no credential is configured, add one with `cliproxyctl setup`');
      return '';
    });
  });

const COLUMNS: readonly Column<ModelSummary>[] = [
  { title: 'MODEL', value: ({ id }) => id },
  { title: 'PROVIDERS', value: ({ providers }) => providers.join(', '), isFlexible: true },
  { title: 'CREDENTIALS', value: ({ credentials }) => String(credentials), align: 'right' },
  { title: 'CONTEXT', value: ({ contextTokens }) => tokens(contextTokens), align: 'right' },
  { title: 'OUTPUT', value: ({ maxOutputTokens }) => tokens(maxOutputTokens), align: 'right' },
  { title: 'THINKING', value: ({ thinking }) => thinking?.join(' ') ?? '', isFlexible: true },
];

/** `200k`, `1M`, `8192`: the vendors' own way to write token counts. */
function tokens(amount: number | undefined): string {
  if (amount === undefined) return '';
  if (amount >= 1_000_000) return `${Number((amount / 1_000_000).toFixed(1))}M`;
  return amount >= 10_000 ? `${Math.round(amount / 1000)}k` : String(amount);
}
