import type { LoginEventView, LoginView } from '../../../shared/contract/logins.js';
import { AppError } from '../../../shared/errors.js';
import type { LoginControl } from '../control-plane.js';
import { ManagementRefusal } from './reply.js';

export type OauthProvider = 'anthropic' | 'codex' | 'antigravity' | 'github' | 'kilo' | 'kiro';

/** A login that a web UI began. */
export interface OauthSession {
  readonly id: string;
  readonly provider: OauthProvider;
}

type Event<T extends LoginEventView['type']> = Extract<LoginEventView, { readonly type: T }>;

/** The daemon's logins under the `state` by which web UIs know them. */
export interface OauthSessions {
  /** Begins one, and gives the first event of that type. Called off when the asker goes away meanwhile. */
  start<T extends 'open-url' | 'device-code'>(query: {
    readonly provider: OauthProvider;
    readonly method: string;
    readonly event: T;
    readonly forwardTo?: string | undefined;
    readonly stateOf: (event: Event<T>) => string;
    readonly signal: AbortSignal;
  }): Promise<{ readonly event: Event<T>; readonly state: string }>;
  find(state: string): OauthSession | undefined;
  /** `undefined`: it ended long ago. */
  look(session: OauthSession): Promise<LoginView | undefined>;
}

const CHANNELS: Readonly<Record<OauthProvider, string>> = {
  anthropic: 'claude',
  codex: 'codex',
  antigravity: 'antigravity',
  github: 'github-copilot',
  kilo: 'kilo',
  kiro: 'kiro',
};
const WAIT_MS = 5_000;
const MAX_SESSIONS = 128;
const KEPT_MS = 31 * 60_000;
const NO_WAIT = new AbortController().signal;

export function openOauthSessions(logins: LoginControl, now: () => number): OauthSessions {
  const sessions = new Map<string, OauthSession & { readonly startedAt: number }>();
  const forgetOld = (): void => {
    const surplus = sessions.size - MAX_SESSIONS;
    [...sessions].forEach(([state, { startedAt }], index) => {
      if (index < surplus || startedAt + KEPT_MS < now()) sessions.delete(state);
    });
  };
  const firstEvent = async <T extends LoginEventView['type']>(
    id: string,
    type: T,
    signal: AbortSignal,
  ): Promise<Event<T>> => {
    for (let after = 0; ; ) {
      const view = await logins.watch({ id, after, waitMs: WAIT_MS }, signal);
      const found = view.events.find((event): event is Event<T> => event.type === type);
      if (found !== undefined) return found;
      if (view.state !== 'running') throw notStarted(view);
      if (signal.aborted) throw new ManagementRefusal(499, 'the request was given up');
      after = view.events.at(-1)?.seq ?? after;
    }
  };
  const begin = async (query: Parameters<LoginControl['start']>[0]): Promise<string> => {
    try {
      return await logins.start(query);
    } catch (error) {
      // The contract has 500 for whatever keeps a login from beginning.
      throw error instanceof AppError ? new ManagementRefusal(500, error.message) : error;
    }
  };
  return {
    async start({ provider, method, event: type, forwardTo, stateOf, signal }) {
      const id = await begin({ provider: CHANNELS[provider], method, forwardTo });
      try {
        const event = await firstEvent(id, type, signal);
        const state = stateOf(event);
        forgetOld();
        sessions.set(state, { id, provider, startedAt: now() });
        return { event, state };
      } catch (error) {
        await logins.cancel(id);
        throw error;
      }
    },
    find: (state) => sessions.get(state),
    async look({ id }) {
      try {
        return await logins.watch({ id, after: 0, waitMs: 0 }, NO_WAIT);
      } catch (error) {
        if (error instanceof AppError && error.code === 'login_unknown') return undefined;
        throw error;
      }
    },
  };
}

function notStarted({ error }: LoginView): ManagementRefusal {
  const message = error?.message ?? 'the login could not be started';
  const isPort = error?.code === 'callback_port_in_use' || error?.code === 'callback_port_forbidden';
  if (isPort) return new ManagementRefusal(500, { error: 'failed to start callback server', message });
  return new ManagementRefusal(500, error?.hint === undefined ? message : `${message}; ${error.hint}`);
}
