import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/schema.js';
import { AppError } from '../../shared/errors.js';
import type { LoginControl } from '../control/control-plane.js';
import type { LocalFiles } from '../login/local-files.js';
import type { NewCredential } from '../login/method.js';
import { saveCredential } from '../login/save.js';
import { type LoginSessions, openLoginSessions } from '../login/sessions.js';
import { accountSettingsOf } from '../runtime/account-settings.js';
import { accountIdOf, typeOf } from '../runtime/accounts.js';
import type { Accounts } from './accounts.js';

export interface LoginsParts {
  readonly accounts: Accounts;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly onInternalError: (error: unknown) => void;
}

export interface Logins extends LoginControl {
  close(): Promise<void>;
}

/** Logins end as credential files that are in use at once. Opened with the first one: most daemons never see any. */
export function openLogins(parts: LoginsParts): Logins {
  let opening: Promise<LoginSessions> | undefined;
  const sessions = (): Promise<LoginSessions> => {
    opening ??= openSessions(parts);
    return opening;
  };
  return {
    providers: async () => (await sessions()).providers(),
    start: async (query) => (await sessions()).start(query),
    watch: async (query, signal) => (await sessions()).watch(query, signal),
    answer: async (query) => (await sessions()).answer(query),
    cancel: async (id) => (await sessions()).cancel(id),
    close: async () => (await opening)?.close(),
  };
}

async function openSessions({ accounts, config, clock, env, onInternalError }: LoginsParts): Promise<LoginSessions> {
  const { parts } = await accounts.renewal();
  return openLoginSessions({
    providers: parts.providers,
    clock,
    randomBytes,
    local: localFiles(env),
    account(channel) {
      const provider = parts.providers.find((each) => each.channel === channel);
      if (provider === undefined) throw new AppError('login_provider_unknown', `there is no login for ${channel}`);
      return { http: parts.http, clock, settings: accountSettingsOf(config(), provider) };
    },
    async save(credential: NewCredential, commit) {
      const saved = await saveCredential(accounts.store, credential, commit);
      await accounts.reload();
      const switchedOff = (await accounts.renewal()).providerOf(credential.fields)?.switchedOff?.(config());
      const warning = [saved.warning, switchedOff].filter((text) => text !== undefined).join('; ');
      return {
        ...saved,
        id: accountIdOf(typeOf(credential.fields), saved.name),
        ...(warning === '' ? {} : { warning }),
      };
    },
    onInternalError,
  });
}

/** Files that other programs keep their logins in. */
export const localFiles = (env: NodeJS.ProcessEnv): LocalFiles => ({
  home: env['HOME'] ?? homedir(),
  env,
  async read(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
      throw new AppError('login_source_unreadable', `cannot read ${path}`, { cause });
    }
  },
});
