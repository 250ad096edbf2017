import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManagementClient, socketTransport } from '../../shared/contract/client.js';
import { lifecycle, type Status } from '../../shared/contract/lifecycle.js';
import { socketPathFor } from '../../shared/local-socket.js';
import { resolvePaths } from '../../shared/paths.js';
import type { CliContext } from '../context.js';
import { launchDaemon } from '../process/spawn.js';
import { stopDaemon } from '../process/stop.js';
import { type DemoUpstream, demoConfig } from './upstream-set.js';

/** A daemon of its own in a temporary home, apart from any other that runs. */
export interface ThrowawayDaemon {
  readonly home: string;
  readonly key: string;
  readonly status: Status;
  /** Stops it and removes its home. */
  remove(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const STOP_PATIENCE_MS = 10_000;

export async function startThrowaway(
  context: CliContext,
  upstreams: readonly DemoUpstream[],
  signal: AbortSignal,
): Promise<ThrowawayDaemon> {
  const home = await mkdtemp(join(tmpdir(), 'cliproxyctl-demo-'));
  await chmod(home, 0o700);
  const env = { ...context.env, CLIPROXY_HOME: home };
  const paths = resolvePaths({ env });
  const management = createManagementClient(lifecycle, socketTransport(socketPathFor(paths.runDir)));
  const key = `sk-demo-${Buffer.from(context.randomBytes(12)).toString('hex')}`;
  const config = join(home, 'config.yaml');
  const remove = async (): Promise<void> => {
    // Cleaning up must go on when the person has pressed Ctrl-C.
    const patient = new AbortController().signal;
    await stopDaemon({
      management,
      runDir: paths.runDir,
      clock: context.clock,
      signal: patient,
      drainTimeoutMs: 0,
      patienceMs: STOP_PATIENCE_MS,
    });
    await rm(home, { recursive: true, force: true });
  };
  try {
    await writeFile(config, demoConfig(upstreams, key, await freePort()), { mode: 0o600 });
    await launchDaemon({
      entry: context.daemonEntry,
      args: ['--config', config],
      env,
      outputFile: join(paths.logDir, 'daemon.out'),
      timeoutMs: START_TIMEOUT_MS,
      signal,
    });
    return { home, key, status: await management.getStatus({}), remove };
  } catch (error) {
    // An interrupted start leaves a daemon that is still on its way out.
    await remove();
    throw error;
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
