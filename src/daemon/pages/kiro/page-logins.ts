import type { LoginEventView, LoginView } from '../../../shared/contract/logins.js';
import { AppError } from '../../../shared/errors.js';
import type { LoginControl } from '../../control/control-plane.js';

export type DeviceCode = Extract<LoginEventView, { readonly type: 'device-code' }>;
export type Question = Extract<LoginEventView, { readonly type: 'question' }>;

/** A login that a page began, as far as it is known by now. */
export interface PageLogin {
  /** Known to that page alone. */
  readonly state: string;
  readonly code: DeviceCode | undefined;
  /** What is asked and not yet answered. */
  readonly question: Question | undefined;
  /** Epoch milliseconds: how long it waits for the person. */
  readonly waitsUntil: number;
  readonly ending: (Omit<LoginView, 'events'> & { readonly at: number }) | undefined;
}

export interface StartPageLogin {
  readonly method: 'device' | 'token' | 'import';
  readonly options?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What the method's first question is answered with. */
  readonly secret?: string;
}

export interface PageLogins {
  /** Resolves when there is something to show: a code, a question, an end. @throws AppError where it cannot begin */
  start(query: StartPageLogin): Promise<PageLogin>;
  find(state: string): PageLogin | undefined;
  /** Resolves as `start` does. @throws AppError for an answer of no use */
  answer(state: string, value: string): Promise<void>;
  cancel(state: string): Promise<void>;
}

export interface PageLoginsParts {
  readonly logins: LoginControl;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Buffer;
}

const PENDING_MS = 10 * 60_000;
const KEPT_MS = 30 * 60_000;
const MAX_KEPT = 128;
const WATCH_MS = 20_000;
const NEVER = new AbortController().signal;

interface Tracked {
  readonly id: string;
  readonly startedAt: number;
  readonly events: LoginEventView[];
  readonly answered: Set<string>;
  readonly waiting: Set<() => void>;
  ending?: PageLogin['ending'];
}

/** Follows each login to its end, whether a page asks for it or not: the daemon forgets its own after a minute. */
export function openPageLogins({ logins, now, randomBytes }: PageLoginsParts): PageLogins {
  const tracked = new Map<string, Tracked>();

  const forgetOld = (): void => {
    const ended = [...tracked].filter(([, { ending }]) => ending !== undefined);
    const surplus = ended.length - MAX_KEPT;
    ended.forEach(([state, { ending }], index) => {
      if (index < surplus || (ending?.at ?? 0) + KEPT_MS <= now()) tracked.delete(state);
    });
  };
  const end = (login: Tracked, ending: Omit<LoginView, 'events'>): void => {
    login.ending = { ...ending, at: now() };
  };
  const follow = async (login: Tracked): Promise<void> => {
    while (login.ending === undefined) {
      const after = login.events.at(-1)?.seq ?? 0;
      const left = waitsUntil(login) - now();
      const waitMs = questionOf(login) === undefined ? Math.min(WATCH_MS, Math.max(0, left)) : WATCH_MS;
      const { events, ...outcome } = await logins.watch({ id: login.id, after, waitMs }, NEVER);
      login.events.push(...events);
      if (outcome.state !== 'running') end(login, outcome);
      else if (now() >= waitsUntil(login) && questionOf(login) === undefined) {
        await logins.cancel(login.id);
        end(login, { state: 'failed', error: TOO_LATE });
      }
      for (const wake of [...login.waiting]) wake();
    }
  };
  const begin = (id: string): { readonly state: string; readonly login: Tracked } => {
    forgetOld();
    const state = randomBytes(16).toString('base64url');
    const login: Tracked = { id, startedAt: now(), events: [], answered: new Set(), waiting: new Set() };
    tracked.set(state, login);
    follow(login).catch((error: unknown) => {
      end(login, { state: 'failed', error: errorOf(error) });
      for (const wake of [...login.waiting]) wake();
    });
    return { state, login };
  };
  const until = async (login: Tracked, isEnough: () => boolean): Promise<void> => {
    while (!isEnough()) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          login.waiting.delete(wake);
          resolve();
        };
        login.waiting.add(wake);
      });
    }
  };
  const hasNews = (login: Tracked): boolean => login.ending !== undefined || questionOf(login) !== undefined;
  const give = async (login: Tracked, value: string): Promise<void> => {
    const question = questionOf(login);
    if (question === undefined) throw new AppError('login_not_waiting', 'this login asks for nothing now');
    await logins.answer({ id: login.id, question: question.id, value });
    login.answered.add(question.id);
  };

  return {
    async start({ method, options, files, secret }) {
      const { state, login } = begin(await logins.start({ provider: 'kiro', method, options, files }));
      await until(login, () => hasNews(login) || codeOf(login) !== undefined);
      if (secret !== undefined && login.ending === undefined) {
        await give(login, secret);
        await until(login, () => hasNews(login));
      }
      return viewOf(state, login);
    },
    find(state) {
      forgetOld();
      const login = tracked.get(state);
      return login && viewOf(state, login);
    },
    async answer(state, value) {
      const login = tracked.get(state);
      if (login === undefined) throw new AppError('login_unknown', 'there is no such login');
      await give(login, value);
      await until(login, () => hasNews(login));
    },
    async cancel(state) {
      const login = tracked.get(state);
      if (login === undefined || login.ending !== undefined) return;
      if (await logins.cancel(login.id)) await until(login, () => login.ending !== undefined);
    },
  };
}

const TOO_LATE = {
  code: 'login_expired',
  message: 'the code was not confirmed in time',
  hint: 'start the login again',
};

const errorOf = (error: unknown): NonNullable<LoginView['error']> =>
  error instanceof AppError
    ? { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
    : { code: 'internal_error', message: 'internal error', hint: 'the log of the daemon has more' };

const codeOf = ({ events }: Tracked): DeviceCode | undefined =>
  events.find((event): event is DeviceCode => event.type === 'device-code');

const questionOf = ({ events, answered }: Tracked): Question | undefined =>
  events.find((event): event is Question => event.type === 'question' && !answered.has(event.id));

function waitsUntil(login: Tracked): number {
  const longest = login.startedAt + PENDING_MS;
  return Math.min(longest, codeOf(login)?.expiresAt ?? longest);
}

const viewOf = (state: string, login: Tracked): PageLogin => ({
  state,
  code: codeOf(login),
  question: login.ending === undefined ? questionOf(login) : undefined,
  waitsUntil: waitsUntil(login),
  ending: login.ending,
});
