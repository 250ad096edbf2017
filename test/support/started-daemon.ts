import { expect } from 'vitest';
import { createManagementClient, socketTransport } from '../../src/shared/contract/client.js';
import { lifecycle } from '../../src/shared/contract/lifecycle.js';
import { socketPathFor } from '../../src/shared/local-socket.js';
import { resolvePaths } from '../../src/shared/paths.js';
import type { Cli } from './cli.js';

export type Lifecycle = ReturnType<typeof createManagementClient<typeof lifecycle>>;

/** Starts the daemon as a person would, and gives what is asked of it and where it serves. */
export async function startDaemon(cli: Cli): Promise<{ readonly management: Lifecycle; readonly url: string }> {
  const started = await cli.json(['start', '--config', cli.configPath]);
  expect(started.ok, JSON.stringify(started)).toBe(true);
  const { runDir } = resolvePaths({ env: cli.env });
  const management = createManagementClient(lifecycle, socketTransport(socketPathFor(runDir)));
  return { management, url: (await management.getStatus({})).listen.url };
}
