import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import type { AccountSettings } from '../../../src/daemon/login/account-context.js';
import type { LoginMethod } from '../../../src/daemon/login/method.js';
import { saveCredential } from '../../../src/daemon/login/save.js';
import { type LoginSessions, openLoginSessions, type StartLogin } from '../../../src/daemon/login/sessions.js';
import { openMemoryStore } from '../../../src/daemon/storage/memory/memory-store.js';
import type { CredentialStore } from '../../../src/daemon/storage/ports.js';
import { createDispatchers } from '../../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../../src/daemon/transport/http.js';
import type { LoginEventView, LoginView } from '../../../src/shared/contract/logins.js';
import { type HandClock, handClock } from './hand-clock.js';

export interface TestLogins {
  readonly sessions: LoginSessions;
  readonly store: CredentialStore;
  readonly clock: HandClock;
  readonly internalErrors: unknown[];
  /** Starts one, on a free port. */
  start(query?: Partial<StartLogin>): Promise<string>;
  /** Waits for an event of that type. */
  event<T extends LoginEventView['type']>(id: string, type: T): Promise<Extract<LoginEventView, { type: T }>>;
  /** Waits for the end. */
  end(id: string): Promise<LoginView>;
  /** Objects of all stored credentials by file name. */
  stored(): Promise<Record<string, JsonObject>>;
  close(): Promise<void>;
}

export interface TestLoginsOptions {
  readonly methods: readonly LoginMethod[];
  readonly settings?: Partial<AccountSettings>;
  readonly files?: Readonly<Record<string, string>>;
  readonly initial?: Readonly<Record<string, JsonObject>>;
  /** Which proxy serves an origin. */
  readonly proxy?: (origin: string) => string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the memory store. */
  readonly store?: CredentialStore;
}

/** Logins of one provider named `acme`, over real sockets, kept in memory, on a clock that tests move. */
export function openTestLogins(options: TestLoginsOptions): TestLogins {
  const { methods, settings = {}, files = {}, initial = {}, proxy = () => undefined, env = {} } = options;
  const clock = handClock();
  const store = options.store ?? openMemoryStore(initial);
  const dispatchers = createDispatchers(proxy);
  const internalErrors: unknown[] = [];
  const sessions = openLoginSessions({
    providers: [
      {
        channel: 'acme',
        title: 'Acme',
        policy: { standing: 'unclear', summary: 'nobody knows', clientOwner: 'Acme', sources: [] },
        logins: methods,
      },
    ],
    clock,
    randomBytes,
    local: { home: '/home/ann', env, read: async (path) => files[path] },
    account: () => ({
      http: createHttpClient(dispatchers),
      clock,
      settings: { endpoints: {}, clientPolicy: 'any', ...settings },
    }),
    save: async (credential, commit) => {
      const saved = await saveCredential(store, credential, commit);
      return { ...saved, id: `acme:${saved.name}` };
    },
    onInternalError: (error) => internalErrors.push(error),
  });
  const never = new AbortController().signal;
  const follow = async <T>(id: string, pick: (view: LoginView) => T | undefined): Promise<T> => {
    for (let after = 0; ; ) {
      const view = await sessions.watch({ id, after, waitMs: 1e9 }, never);
      const found = pick(view);
      if (found !== undefined) return found;
      if (view.state !== 'running') throw new Error(`the login ended before: ${JSON.stringify(view)}`);
      after = view.events.at(-1)?.seq ?? after;
    }
  };
  return {
    sessions,
    store,
    clock,
    internalErrors,
    start: async (query = {}) => sessions.start({ provider: 'acme', callbackPort: await freePort(), ...query }),
    event: (id, type) =>
      follow(id, ({ events }) => {
        const found = events.find((event) => event.type === type);
        return found as Extract<LoginEventView, { type: typeof type }> | undefined;
      }),
    end: (id) => follow(id, (view) => (view.state === 'running' ? undefined : view)),
    async stored() {
      const { credentials } = await store.list();
      return Object.fromEntries(credentials.map(({ name, fields }) => [name, fields]));
    },
    async close() {
      await sessions.close();
      await dispatchers.close();
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a browser does with an authorize address where the person agrees: it ends at the redirect. */
export async function consent(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no consent: ${await response.text()}`);
  return location;
}

/** Follows the redirect, and gives the page that the person sees. */
export async function follow(location: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(location);
  return { status: response.status, text: await response.text() };
}
