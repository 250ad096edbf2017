import type { ChalkInstance } from 'chalk';
import { Command } from 'commander';
import type { Problem, Status } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { renderFacts } from '../ui/table.js';
import { count, duration } from '../ui/text.js';

export const statusCommand = (context: CliContext): Command =>
  new Command('status').action(async () => {
    const status = await context.management.getStatus({}).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_running') {
        throw new AppError(error.code, error.message, {
          ...(error.hint === undefined ? {} : { hint: error.hint }),
          exitCode: error.exitCode,
          details: { running: false },
        });
      }
      throw error;
    });
    const isWell = status.ready && status.state === 'ready' && status.problems.length === 0;
    context.output.result({ running: true, ...status }, () =>
      renderStatus(status, { color: context.output.color, now: context.clock.now() }),
    );
    if (!isWell) context.exit(EXIT.degraded);
  });

interface RenderOptions {
  readonly color: ChalkInstance;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A status for people: one line that says it all, the facts, then what wants attention. */
export function renderStatus(status: Status, { color, now }: RenderOptions): string {
  const { counts } = status;
  const state = status.state === 'ready' && status.ready ? color.green('ready') : color.yellow(status.state);
  const workers =
    status.workers.length === 0
      ? 'none, one process'
      : status.workers.map(({ pid, state }) => `${pid} ${state}`).join(', ');
  const cooling = counts.coolingCredentials === 0 ? '' : `, ${counts.coolingCredentials} cooling`;
  return [
    `cliproxyctl ${status.version} is ${state} at ${color.bold(status.listen.url)}`,
    '',
    renderFacts(
      [
        ['uptime', `${duration(now - status.startedAt)} (pid ${status.pid})`],
        ['config', status.configPath],
        ...(status.logFile === undefined ? [] : ([['log', status.logFile]] as const)),
        [
          'workers',
          status.restarts === 0 ? workers : `${workers}; ${count(status.restarts, 'restart')} since the start`,
        ],
        ['serves', `${count(counts.models, 'model')} from ${count(counts.credentials, 'credential')}${cooling}`],
        ['clients', count(counts.clientKeys, 'key')],
        ['requests', `${counts.requests}, ${counts.failures} failed, ${counts.inFlight} running`],
      ],
      color.dim,
    ),
    ...section('problem', status.problems, color.red, color),
    ...section('warning', status.warnings, color.yellow, color),
    ...(status.restartNeeded.length === 0
      ? []
      : ['', `${color.yellow('restart needed')} for: ${status.restartNeeded.join(', ')} (\`cliproxyctl restart\`)`]),
  ].join('\n');
}

function section(
  title: string,
  problems: readonly Problem[],
  paint: (text: string) => string,
  color: ChalkInstance,
): string[] {
  if (problems.length === 0) return [];
  return [
    '',
    ...problems.flatMap(({ message, hint }) => [
      `${paint(`${title}:`)} ${message}`,
      ...(hint === undefined ? [] : [`  ${color.dim('hint:')} ${hint}`]),
    ]),
  ];
}
