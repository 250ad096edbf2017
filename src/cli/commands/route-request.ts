import type { RequestExplanation, TriedView } from '../../shared/contract/requests.js';
import type { CliContext } from '../context.js';
import { type Column, renderTable } from '../ui/table.js';
import { clean, duration } from '../ui/text.js';

/** What became of one request, for people. */
export function renderRequest(request: RequestExplanation, { output }: CliContext): string {
  const { color, width } = output;
  const { tried, waits, passedOver, failure, durationMs, state } = request;
  const took = durationMs === undefined ? '' : ` after ${milliseconds(durationMs)}`;
  const asked = `${clean(request.model)} for a ${request.client} client (key ${request.key})${request.stream ? ', streamed' : ''}`;
  const columns: readonly Column<TriedView>[] = [
    { title: 'AT', value: ({ startedMs }) => milliseconds(startedMs), align: 'right' },
    { title: 'CREDENTIAL', value: ({ label }) => label, isFlexible: true },
    { title: 'MODEL', value: ({ model }) => model },
    { title: 'BECAUSE', value: ({ choice }) => CHOICES[choice] },
    {
      title: 'RESULT',
      value: (row) => resultOf(row, request),
      isFlexible: true,
      style: (cell, row) => (row.failure === undefined && state === 'ok' ? color.green(cell) : color.yellow(cell)),
    },
  ];
  const blocks = [
    `${asked}, ${new Date(request.startedAt).toISOString()}`,
    tried.length === 0 ? 'nobody was asked' : renderTable(tried, columns, { width, heading: color.dim }),
    waits
      .map(({ for: what, startedMs, ms }) => `waited ${milliseconds(ms)} ${WAITS[what]}, at ${milliseconds(startedMs)}`)
      .join('\n'),
    passedOver.map(({ label, why }) => `${clean(label)} was passed over: ${clean(why)}`).join('\n'),
    SESSIONS[request.session ?? 'none'],
    request.startedEarly ? 'keep-alives fixed status 200 before the outcome was known' : '',
    failure === undefined
      ? `${state === 'ok' ? color.green('ok') : state}${took}`
      : color.red(`${state}${took}: ${failure.status ?? failure.reason} ${clean(failure.message)}`),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

const CHOICES: Readonly<Record<TriedView['choice'], string>> = {
  session: 'its session',
  turn: 'its turn',
  'pooled-model': 'next model of the pool',
  probe: 'is it well again?',
};

const WAITS = { cooldown: 'for a cooldown to end', room: 'for a credential to have room' } as const;

const SESSIONS = {
  named: 'the client named the conversation',
  opening: 'the conversation was known by the way it begins',
  none: '',
} as const;

function resultOf({ failure, verdict }: TriedView, { state }: RequestExplanation): string {
  if (failure === undefined) return state === 'running' ? 'under way' : state === 'ok' ? 'answered' : 'broke off';
  const rest =
    verdict?.cooldownMs === undefined || verdict.cooldownMs === 0 ? '' : `, rests ${duration(verdict.cooldownMs)}`;
  return `${failure.reason}${failure.status === undefined ? '' : ` (${failure.status})`}${rest}`;
}

const milliseconds = (ms: number): string => (ms < 10_000 ? `${ms} ms` : duration(ms));
