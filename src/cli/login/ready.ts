import { newClientKey } from '../../shared/client-keys.js';
import type { Status } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import { runningStatus, start } from '../commands/start.js';
import { saveConfig } from '../config-write.js';
import type { CliContext } from '../context.js';
import { newConfigText } from '../setup/new-config.js';

export interface Ready {
  readonly status: Status;
  /** Made now, with the first config; shown this once. */
  readonly clientKey: string | undefined;
}

/** Makes sure that a daemon with this config runs: writes a first config and starts it where needed. */
export async function makeReady(context: CliContext, config: string | undefined): Promise<Ready> {
  const running = await runningStatus(context);
  if (running !== undefined) {
    await refuseOtherConfig(context, config, running);
    return { status: running, clientKey: undefined };
  }
  const { path, exists } = await context.findConfig(config);
  const clientKey = exists ? undefined : newClientKey(context.randomBytes);
  if (clientKey !== undefined) {
    await saveConfig(path, newConfigText(clientKey));
    context.output.note(`${context.output.talkColor.green('wrote')} ${path}, for this machine only`);
  }
  const [status] = await start(context, path);
  context.output.note(`${context.output.talkColor.green('started')} the gateway at ${status.listen.url}`);
  return { status, clientKey };
}

/** A login goes to where the running daemon keeps its credentials, which must be where the person means. */
async function refuseOtherConfig(context: CliContext, config: string | undefined, running: Status): Promise<void> {
  if (config === undefined) return;
  const { path } = await context.findConfig(config);
  if (path === running.configPath) return;
  throw new AppError('config_differs', `the running gateway uses another config: ${running.configPath}`, {
    hint: 'leave out --config, or stop it first with `cliproxyctl stop`',
  });
}
