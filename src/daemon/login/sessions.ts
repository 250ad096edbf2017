import { basename } from 'node:path';
import type { Clock } from '../../shared/clock.js';
import type { LoginProviderView, LoginView } from '../../shared/contract/logins.js';
import { AppError } from '../../shared/errors.js';
import type { AccountContext } from './account-context.js';
import type { LocalFiles, LoginMethod, NewCredential } from './method.js';
import type { SavedCredential } from './save.js';
import { type LoginSession, startSession } from './session.js';

/** What logins need to know of a provider; every `AccountProvider` is one. */
export interface LoginProvider {
  readonly channel: string;
  readonly title: string;
  readonly policy: LoginProviderView['policy'];
  readonly logins: readonly LoginMethod[];
}

export interface LoginSessionsParts {
  readonly providers: readonly LoginProvider[];
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Buffer;
  readonly local: LocalFiles;
  /** With the settings of now. */
  readonly account: (channel: string) => AccountContext;
  readonly save: (credential: NewCredential, commit: () => void) => Promise<SavedCredential & { readonly id: string }>;
  readonly onInternalError: (error: unknown) => void;
}

export interface LoginSessions {
  providers(): LoginProviderView[];
  /** Gives the id. @throws AppError `login_provider_unknown`, `login_method_unknown`, `login_too_many` */
  start(query: StartLogin): string;
  /** @throws AppError `login_unknown`, as the next two. */
  watch(
    query: { readonly id: string; readonly after: number; readonly waitMs: number },
    signal: AbortSignal,
  ): Promise<LoginView>;
  answer(query: { readonly id: string; readonly question?: string | undefined; readonly value: string }): void;
  cancel(id: string): boolean;
  /** Cancels what goes on; resolves when every port is free. */
  close(): Promise<void>;
}

export interface StartLogin {
  readonly provider: string;
  readonly method?: string | undefined;
  readonly callbackPort?: number | undefined;
  /** The redirect is led on to this address, with its query; the answer then comes as if it were pasted. */
  readonly forwardTo?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** For an import: texts by file name that were handed in; nothing is then read from this machine. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

const MAX_RUNNING = 16;
/** How long the outcome can be asked for. */
const KEPT_MS = 60_000;
const MAX_KEPT = 64;

/** All logins of the daemon: those that go on, and those that ended in the last minute. */
export function openLoginSessions(parts: LoginSessionsParts): LoginSessions {
  const { providers, clock } = parts;
  const sessions = new Map<string, LoginSession>();
  const running = (): LoginSession[] => [...sessions.values()].filter((each) => each.endedAt() === undefined);
  const forgetOld = (): void => {
    const ended = [...sessions].filter(([, session]) => session.endedAt() !== undefined);
    const surplus = new Set(ended.slice(0, Math.max(0, ended.length - MAX_KEPT)).map(([id]) => id));
    for (const [id, session] of ended) {
      if (surplus.has(id) || clock.now() - (session.endedAt() ?? 0) > KEPT_MS) sessions.delete(id);
    }
  };
  const find = (id: string): LoginSession => {
    forgetOld();
    const session = sessions.get(id);
    if (session !== undefined) return session;
    throw new AppError('login_unknown', 'there is no such login: it has ended, or never was', {
      hint: 'start the login again',
    });
  };
  const makeRoom = async (ports: readonly number[], except: () => LoginSession | undefined): Promise<void> => {
    const holders = [...sessions.values()].filter((each) => each !== except() && each.holds(ports));
    for (const holder of holders) holder.cancel('a newer login took its place');
    await Promise.all(holders.map((holder) => holder.ended));
  };
  return {
    providers: () =>
      providers.map((provider) =>
        describeProvider(provider, parts.account(provider.channel).settings.clientId !== undefined),
      ),
    start({ provider: channel, method, callbackPort, forwardTo, options = {}, files }) {
      forgetOld();
      const provider = findProvider(providers, channel);
      const methods = chooseMethods(provider, method);
      if (running().length >= MAX_RUNNING) {
        throw new AppError('login_too_many', `${MAX_RUNNING} logins are going on already`, {
          hint: 'finish or cancel one',
        });
      }
      const id = parts.randomBytes(16).toString('hex');
      const session: LoginSession = startSession({
        clock,
        randomBytes: parts.randomBytes,
        local: files === undefined ? parts.local : givenFiles(files),
        account: parts.account(provider.channel),
        methods,
        options,
        callbackPort: callbackPort === 0 ? undefined : callbackPort,
        forwardTo,
        makeRoom: (ports) => makeRoom(ports, () => sessions.get(id)),
        save: parts.save,
        onInternalError: parts.onInternalError,
      });
      sessions.set(id, session);
      return id;
    },
    watch: ({ id, after, waitMs }, signal) => find(id).read({ after, waitMs }, signal),
    answer: ({ id, ...answer }) => find(id).answer(answer),
    cancel: (id) => find(id).cancel(),
    async close() {
      const all = [...sessions.values()];
      for (const session of all) session.cancel('the daemon is stopping');
      await Promise.all(all.map((session) => session.ended));
    },
  };
}

/** What was handed in, whichever folder it is looked for in. */
const givenFiles = (files: Readonly<Record<string, string>>): LocalFiles => ({
  home: '',
  env: {},
  read: async (path) => {
    const name = basename(path);
    return Object.hasOwn(files, name) ? files[name] : undefined;
  },
});

const describeProvider = (
  { channel, title, policy, logins }: LoginProvider,
  hasOwnClient: boolean,
): LoginProviderView => ({
  id: channel,
  title,
  methods: logins.map((method) => ({ id: method.id, title: method.title })),
  policy: hasOwnClient ? { ...policy, clientOwner: 'your own client, as `oauth-clients` names it' } : policy,
});

function findProvider(providers: readonly LoginProvider[], channel: string): LoginProvider {
  const provider = providers.find((each) => each.channel === channel);
  if (provider !== undefined) return provider;
  const known = providers.map((each) => each.channel).join(', ');
  throw new AppError('login_provider_unknown', `there is no login for ${JSON.stringify(channel)}`, {
    hint: `there are: ${known}`,
  });
}

/** Without a choice: all that need only the person's consent; where there is none, the provider's first. */
function chooseMethods({ logins, title }: LoginProvider, id: string | undefined): readonly LoginMethod[] {
  if (id === undefined) {
    const interactive = logins.filter((method) => method.id === 'browser' || method.id === 'device');
    return interactive.length > 0 ? interactive : logins.slice(0, 1);
  }
  const chosen = logins.filter((method) => method.id === id);
  if (chosen.length > 0) return chosen;
  throw new AppError('login_method_unknown', `${title} has no login by ${JSON.stringify(id)}`, {
    hint: `there are: ${logins.map((method) => method.id).join(', ')}`,
  });
}
