import { Command } from 'commander';
import type { CandidateView, ChainLink, RouteExplanation } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { type Column, renderTable } from '../ui/table.js';
import { clean } from '../ui/text.js';
import { renderRequest } from './route-request.js';

interface ExplainOptions {
  readonly model?: string;
  readonly session?: string;
  readonly clientKey?: string;
  readonly request?: string;
}

export const routeCommand = (context: CliContext): Command =>
  new Command('route').helpCommand(false).addCommand(explainCommand(context));

const explainCommand = (context: CliContext): Command =>
  new Command('explain')
    .description('say who would serve a request for a model, in which order, and why; or who served one')
    .option('--model <name>', 'the model, as a client would write it')
    .option('--session <id>', 'the conversation, as its client names it (X-Session-Key and the like)')
    .option('--client-key <id>', 'the public id of a client key, see `cliproxyctl keys`')
    .option('--request <id>', 'a request that was made: the X-Request-Id of its answer')
    .action(async ({ model, session, clientKey, request }: ExplainOptions) => {
      if ((model === undefined) === (request === undefined)) {
        throw new AppError('usage', 'give one of --model and --request', {
          hint: '--model says what would happen now, --request what has happened',
          exitCode: EXIT.usage,
        });
      }
      if (request !== undefined) {
        const explanation = await context.management.explainRequest({ id: request });
        return context.output.result(explanation, () => renderRequest(explanation, context));
      }
      const explanation = await context.management.explainRoute({ model: model ?? '', session, clientKey });
      return context.output.result(explanation, () => render(explanation, context));
    });

function render(explanation: RouteExplanation, context: CliContext): string {
  const { model, steps, chain, leftOut, served, boundTo, client } = explanation;
  const { color } = context.output;
  const [first, ...fallbacks] = chain;
  const blocks = [
    steps.map(({ step, from, to }) => `${clean(from)} ${color.dim('->')} ${clean(to)}  ${color.dim(step)}`).join('\n'),
    first === undefined ? `${color.red('nobody serves')} "${clean(model)}"` : renderLink(first, context),
    ...fallbacks.map((link) => `then ${clean(link.name)}, when that is used up:\n${renderLink(link, context)}`),
    leftOut.map(({ label, why }) => `${clean(label)} is left out: ${clean(why)}`).join('\n'),
    boundTo === undefined ? '' : `the session is bound to ${boundTo}`,
    client === undefined || client.mayCall ? '' : color.red(`"${clean(client.key)}" is no client key of this gateway`),
    served || first === undefined ? '' : color.red('a request would be refused now'),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function renderLink({ candidates, attempts }: ChainLink, { output }: CliContext): string {
  const { color, width } = output;
  const turn = ({ credential, model }: CandidateView): number =>
    attempts.findIndex((each) => each.credential === credential && each.model === model);
  const last = attempts.length;
  const rows = candidates.toSorted((a, b) => (turn(a) < 0 ? last : turn(a)) - (turn(b) < 0 ? last : turn(b)));
  const columns: readonly Column<CandidateView>[] = [
    { title: 'TURN', value: (row) => (turn(row) < 0 ? '-' : String(turn(row) + 1)), align: 'right' },
    { title: 'CREDENTIAL', value: ({ label }) => label, isFlexible: true },
    { title: 'ID', value: ({ credential }) => credential },
    { title: 'MODEL', value: ({ model }) => model },
    { title: 'PRIORITY', value: ({ priority }) => (priority === 0 ? '' : String(priority)), align: 'right' },
    {
      title: 'WHY',
      value: ({ why }) => why,
      isFlexible: true,
      style: (cell, { serves }) => (serves ? color.green(cell) : color.yellow(cell)),
    },
  ];
  return renderTable(rows, columns, { width, heading: color.dim });
}
