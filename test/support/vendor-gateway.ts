import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { openDataPlane } from '../../src/daemon/compose.js';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { DataPlane } from '../../src/daemon/process/data-plane.js';
import type { StoredAccount } from '../../src/daemon/runtime/accounts.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';

export interface VendorGateway {
  readonly url: string;
  readonly key: string;
  readonly plane: DataPlane;
  /** Swaps the config, as a reload does. */
  configure(settings: string): void;
  close(): Promise<void>;
}

export const account = (name: string, fields: JsonObject, more: Partial<StoredAccount> = {}): StoredAccount => ({
  name,
  revision: '1',
  fields,
  ...more,
});

/** The data plane in this process in front of login credentials. */
export async function startVendorGateway(settings: string, accounts: readonly StoredAccount[]): Promise<VendorGateway> {
  const key = 'sk-test-client-key';
  const load = (text: string) => requireConfig(parseConfig(`api-keys: [${key}]\n${text}`, { path: 'config.yaml' }));
  const plane = openDataPlane({ loaded: load(settings), log: pino({ level: 'silent' }), env: {}, accounts });
  plane.setReady(true);
  const server = createServer(plane.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    plane,
    configure: (text) => void plane.apply(load(text)),
    async close() {
      plane.setReady(false);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await plane.close();
    },
  };
}
