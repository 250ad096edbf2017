import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from '../../src/daemon/control/control-plane.js';
import { openControlServer } from '../../src/daemon/process/control-server.js';
import { kiroLogins } from '../../src/daemon/providers/kiro/login.js';
import { kiroPolicy } from '../../src/daemon/providers/kiro/policy.js';
import { openManagementDoor } from '../../src/daemon/server/management.js';
import type { CredentialSummary } from '../../src/shared/contract/credentials.js';
import { AppError } from '../../src/shared/errors.js';
import { openTestManagement, type TestManagement, type TestManagementOptions } from './management.js';
import { type KiroFake, startKiroFake } from './oauth/kiro.js';
import { openTestLogins, type TestLogins } from './oauth/logins.js';

/** The pages over the real door, logins and a strict vendor; the clock is moved by hand. */
export interface KiroPagesStand {
  readonly vendor: KiroFake;
  readonly logins: TestLogins;
  readonly api: TestManagement;
  /** The page's address on the main port; once `serve` has been called. */
  readonly url: string;
  /** Credentials that are there without a login. */
  readonly others: CredentialSummary[];
  /** Why one of them cannot be renewed, by id. */
  readonly unrenewable: Map<string, string>;
  serve(): Promise<void>;
  close(): Promise<void>;
}

export const summaryOf = (more: Partial<CredentialSummary>): CredentialSummary => ({
  ...{ id: 'kiro:a', provider: 'kiro', label: 'ann@example.com', source: 'file', name: 'kiro-aws-a.json' },
  ...{ disabled: false, priority: 0, weight: 1, models: 12, state: 'ready' },
  ...more,
});

export async function openKiroPagesStand(
  options: Pick<TestManagementOptions, 'config' | 'password'> = {},
): Promise<KiroPagesStand> {
  const vendor = await startKiroFake();
  const logins = openTestLogins({ methods: kiroLogins, settings: { endpoints: vendor.endpoints } });
  const control: ControlPlane['logins'] = {
    ...logins.sessions,
    start: ({ provider, ...query }) => {
      if (provider !== 'kiro') throw new AppError('login_provider_unknown', `no ${provider}`);
      return logins.sessions.start({ ...query, provider: 'acme' });
    },
    providers: () => [{ id: 'kiro', title: 'Kiro (AWS)', methods: [], policy: kiroPolicy }],
  };
  const others: CredentialSummary[] = [];
  const unrenewable = new Map<string, string>();
  const api = openTestManagement({
    ...options,
    logins: control,
    clock: logins.clock.now,
    credentials: async () => {
      const { credentials } = await logins.store.list();
      const saved = credentials.map(({ name, fields }) =>
        summaryOf({
          id: `acme:${name}`,
          name,
          label: String(fields['email'] ?? 'Kiro login'),
          expiresAt: Date.parse(String(fields['expires_at'])),
        }),
      );
      return [...others, ...saved];
    },
    async refresh(id) {
      const reason = unrenewable.get(id);
      if (reason === undefined) return summaryOf({ id, refresh: { state: 'ok' } });
      return summaryOf({ id, refresh: { state: 'login-needed', reason } });
    },
  });
  const ends: (() => Promise<unknown>)[] = [];
  const stand = { vendor, logins, api, others, unrenewable, url: '' };
  return Object.assign(stand, {
    async serve() {
      const folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-pages-'));
      const socketPath = join(folder, 'control.sock');
      const server = await openControlServer(api.app, socketPath);
      const gateway = await listen(socketPath);
      stand.url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/v0/oauth/kiro`;
      ends.push(
        () => new Promise((resolve) => gateway.close(resolve).closeAllConnections()),
        () => server.close(),
        () => rm(folder, { recursive: true, force: true }),
      );
    },
    async close() {
      for (const end of ends) await end();
      await logins.close();
      await vendor.close();
    },
  });
}

async function listen(socketPath: string): Promise<Server> {
  const door = openManagementDoor({
    socketPath,
    isConfigured: () => true,
    onProblem: (error) => {
      throw error;
    },
  });
  const gateway = createServer((request, response) => {
    if (!door(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  return gateway;
}
