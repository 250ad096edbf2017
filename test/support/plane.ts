import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { openDataPlane } from '../../src/daemon/compose.js';
import type { DataPlane, DataPlaneOptions } from '../../src/daemon/process/data-plane.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';

export interface ServedPlane {
  /** Without a trailing slash or version. */
  readonly url: string;
  readonly plane: DataPlane;
  /** Swaps the config under it. */
  apply(yaml: string): void;
  close(): Promise<void>;
}

/** The data plane of a config of one's own, in this process and on a real socket. */
export async function servePlane(yaml: string, options: Partial<DataPlaneOptions> = {}): Promise<ServedPlane> {
  const load = (text: string) => requireConfig(parseConfig(text, { path: 'config.yaml' }));
  const plane = openDataPlane({ loaded: load(yaml), log: pino({ level: 'silent' }), env: {}, ...options });
  plane.setReady(true);
  const server = createServer(plane.listener);
  if (plane.upgrade !== undefined) server.on('upgrade', plane.upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plane,
    apply: (text) => void plane.apply(load(text)),
    async close() {
      await plane.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
