import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { renderTable } from '../ui/table.js';
import { howToConnect } from './how-to-connect.js';
import { type PairResult, runPairs } from './pairs.js';
import { startThrowaway, type ThrowawayDaemon } from './throwaway.js';
import { startUpstreamProcess } from './upstream-process.js';
import { type DemoUpstream, startUpstreamSet } from './upstream-set.js';

export const demoCommand = (context: CliContext): Command =>
  new Command('demo')
    .description('show the gateway at work, without an account or the network')
    .option('--keep', 'leave gateway and simulated upstreams running, and say how to use them')
    .action(async ({ keep }: { keep?: boolean }) => (keep === true ? keepRunning(context) : showOnce(context)));

async function showOnce(context: CliContext): Promise<void> {
  const signal = context.interrupted();
  const set = await startUpstreamSet();
  try {
    const daemon = await startThrowaway(context, set.upstreams, signal);
    try {
      const pairs = await show(context, daemon, set.upstreams, signal);
      context.output.result({ url: daemon.status.listen.url, pairs }, () => table(context, pairs), pairs.every(isOk));
      finish(context, pairs);
    } finally {
      await daemon.remove();
    }
  } finally {
    await set.close();
  }
}

async function keepRunning(context: CliContext): Promise<void> {
  const signal = context.interrupted();
  const host = await startUpstreamProcess(join(dirname(context.daemonEntry), '../cli/demo-upstreams.js'));
  let daemon: ThrowawayDaemon | undefined;
  try {
    daemon = await startThrowaway(context, host.upstreams, signal);
    const pairs = await show(context, daemon, host.upstreams, signal);
    const { url } = daemon.status.listen;
    await host.release({ healthUrl: `${url}/healthz`, home: daemon.home });
    const { home, key } = daemon;
    const models = host.upstreams.map(({ model }) => model);
    context.output.result(
      { url, key, home, models, pid: daemon.status.pid, upstreams_pid: host.pid, pairs },
      () => `${table(context, pairs)}\n\n${howToConnect({ url, key, home, models, color: context.output.color })}`,
      pairs.every(isOk),
    );
    finish(context, pairs);
  } catch (error) {
    host.end();
    await daemon?.remove();
    throw error;
  }
}

async function show(
  { output }: CliContext,
  daemon: ThrowawayDaemon,
  upstreams: readonly DemoUpstream[],
  signal: AbortSignal,
): Promise<readonly PairResult[]> {
  const { url } = daemon.status.listen;
  output.note(
    `gateway at ${url}, ${upstreams.length} simulated upstreams; each client asks for a tool call, streamed\n`,
  );
  const spinner = await output.spinner('asking');
  try {
    return await runPairs({
      url,
      key: daemon.key,
      upstreams,
      signal,
      onProgress: (client, upstream, text) => spinner.update(`${client} → ${upstream}  ${text}`),
      onPair: (pair) => spinner.update(`${pair.client} → ${pair.upstream}  ${pair.text}`),
    });
  } finally {
    spinner.stop();
  }
}

const isOk = ({ ok }: PairResult): boolean => ok;

function table({ output }: CliContext, pairs: readonly PairResult[]): string {
  const { color } = output;
  const rows = renderTable(
    pairs,
    [
      {
        title: '',
        value: ({ ok }) => (ok ? '✓' : '✗'),
        style: (cell, { ok }) => (ok ? color.green(cell) : color.red(cell)),
      },
      { title: 'CLIENT', value: ({ client }) => client },
      { title: 'UPSTREAM', value: ({ upstream }) => upstream },
      {
        title: 'FIRST BYTE',
        align: 'right',
        value: ({ firstByteMs }) => (firstByteMs === undefined ? '-' : `${firstByteMs.toFixed(1)} ms`),
      },
      { title: 'TOTAL', align: 'right', value: ({ totalMs }) => `${totalMs.toFixed(0)} ms` },
      { title: 'TOOL CALL', value: ({ call }) => call ?? '-', isFlexible: true },
      {
        title: 'ANSWER',
        value: ({ text, error }) => error ?? text,
        isFlexible: true,
        style: (cell, { ok }) => (ok ? cell : color.red(cell)),
      },
    ],
    { width: output.width, heading: color.bold },
  );
  const good = pairs.filter(isOk).length;
  const summary = `${good} of ${pairs.length} pairs`;
  return `${rows}\n\n${good === pairs.length ? color.green(summary) : color.red(summary)}`;
}

function finish(context: CliContext, pairs: readonly PairResult[]): void {
  if (!pairs.every(isOk)) context.exit(EXIT.failed);
}
