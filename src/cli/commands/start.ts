import { join } from 'node:path';
import { Command } from 'commander';
import type { Status } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import type { CliContext } from '../context.js';
import { launchDaemon } from '../process/spawn.js';
import { count } from '../ui/text.js';

/** Opening stores and reading a catalogue takes a second; a machine that swaps may take much longer. */
const START_TIMEOUT_MS = 60_000;

export const startCommand = (context: CliContext): Command =>
  new Command('start').option('--config <file>', 'the config file').action(async ({ config }: { config?: string }) => {
    const running = await runningStatus(context);
    if (running !== undefined) return report(context, running, true);
    report(context, ...(await start(context, config)));
  });

/** The status of the daemon, or undefined when none runs. */
export async function runningStatus(context: CliContext): Promise<Status | undefined> {
  try {
    return await context.management.getStatus({});
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_running') return undefined;
    throw error;
  }
}

/** Starts the daemon and waits for it; the second member says that somebody else was faster. */
export async function start(context: CliContext, config: string | undefined): Promise<readonly [Status, boolean]> {
  const location = await context.findConfig(config);
  if (!location.exists) {
    throw new AppError('config_missing', `there is no config file at ${location.path}`, {
      hint: 'write one with `cliproxyctl setup`',
      exitCode: 2,
      details: { config_path: location.path, config_exists: false },
    });
  }
  const spinner = await context.output.spinner('starting the gateway');
  try {
    await launchDaemon({
      entry: context.daemonEntry,
      args: ['--config', location.path],
      env: context.env,
      outputFile: join(context.paths.logDir, 'daemon.out'),
      timeoutMs: START_TIMEOUT_MS,
      signal: context.interrupted(),
    });
    return [await context.management.getStatus({}), false];
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_running') throw error;
    return [await context.management.getStatus({}), true];
  } finally {
    spinner.stop();
  }
}

/** Says where the gateway listens and what comes next. */
export function report({ output }: CliContext, status: Status, wasRunning: boolean): void {
  const { url } = status.listen;
  output.result(
    {
      already_running: wasRunning,
      url,
      pid: status.pid,
      version: status.version,
      config_path: status.configPath,
      models: status.counts.models,
      state: status.state,
    },
    () =>
      wasRunning
        ? `already running at ${output.color.bold(url)} (pid ${status.pid})`
        : `${output.color.green('running')} at ${output.color.bold(url)} (pid ${status.pid})`,
  );
  for (const { message, hint } of status.problems) output.warn(message, hint);
  if (status.counts.models === 0) {
    output.note('no model is served yet: add a provider with `cliproxyctl setup`');
    return;
  }
  if (wasRunning) return;
  output.note(
    `serves ${count(status.counts.models, 'model')}: point your client at this address, with a key of \`cliproxyctl keys\`; \`cliproxyctl models\` lists them`,
  );
}
