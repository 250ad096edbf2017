import type { Clock } from '../../shared/clock.js';
import type { LoginEventView, LoginView } from '../../shared/contract/logins.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { Management } from '../context.js';

export type LoginQuestion = Extract<LoginEventView, { type: 'question' }>;
export type LoginResult = NonNullable<LoginView['result']>;

/** What a login is shown on, and who answers its questions. */
export interface LoginScreen {
  /** An address, a code or progress; never a question. */
  show(event: Exclude<LoginEventView, LoginQuestion>): Promise<void>;
  /** Throws `needs_answer` where nobody can be asked. */
  answer(question: LoginQuestion, signal: AbortSignal): Promise<string>;
  /** The address that the browser ended at, typed or pasted; undefined where nobody can be asked. */
  paste(signal: AbortSignal): Promise<string | undefined>;
  /** How long a redirect is waited for before a paste is offered. */
  readonly pasteAfterMs: number;
  /** An answer that the daemon did not take; throws it where nobody can give a better one. */
  complain(error: AppError): void;
  close(): void;
}

export interface DriveOptions {
  readonly management: Pick<Management, 'startLogin' | 'watchLogin' | 'answerLogin' | 'cancelLogin'>;
  readonly request: Parameters<Management['startLogin']>[0];
  readonly screen: LoginScreen;
  /** Told everything that happens, questions included. */
  readonly onEvent?: (event: LoginEventView) => void;
  readonly clock: Clock;
  /** Cancels the login. */
  readonly signal: AbortSignal;
  /** Absent: as long as the vendor gives. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Runs one login to its end: shows what comes, asks what is asked, and takes a pasted address at any time. Throws the
 * login's own error, `login_timeout`, `needs_answer`, or `cancelled`; after each of these nothing is saved.
 */
export async function driveLogin(options: DriveOptions): Promise<LoginResult> {
  const { management, request, screen } = options;
  const { id } = await management.startLogin(request);
  try {
    return await follow(id, options);
  } catch (error) {
    if (error instanceof LoginEnded) throw error.reason;
    return await giveUp(id, options, error);
  } finally {
    screen.close();
  }
}

/** The daemon itself said how it ended: there is nothing left to cancel. */
class LoginEnded extends Error {
  constructor(readonly reason: AppError) {
    super(reason.message);
  }
}

const WAIT_MS = 20_000;

async function follow(id: string, options: DriveOptions): Promise<LoginResult> {
  const { management, screen, clock, signal, timeoutMs } = options;
  const trouble = new AbortController();
  const stop = AbortSignal.any([signal, trouble.signal]);
  const talk = openTalk(stop, (error) => trouble.abort(error));
  if (timeoutMs !== undefined) void timeOut(clock, timeoutMs, stop, (error) => trouble.abort(error));
  try {
    for (let after = 0; ; ) {
      const view = await management.watchLogin(
        { id, after, waitMs: WAIT_MS },
        { signal: stop, timeoutMs: 2 * WAIT_MS },
      );
      for (const event of view.events) {
        after = event.seq;
        options.onEvent?.(event);
        if (view.state !== 'running') continue;
        if (event.type === 'question') talk.ask((asked) => answer(id, options, event, asked));
        else await screen.show(event);
        if (event.type === 'open-url') talk.offer((asked) => offerPaste(id, options, asked));
      }
      if (view.state !== 'running') return resultOf(view);
    }
  } catch (error) {
    throw trouble.signal.aborted ? trouble.signal.reason : error;
  } finally {
    trouble.abort();
    await talk.end();
  }
}

type Exchange = (signal: AbortSignal) => Promise<void>;

interface Talk {
  /** Comes after what is being asked, and takes the place of an offer. */
  ask(exchange: Exchange): void;
  /** May be answered or not; given up as soon as something has to be asked. */
  offer(exchange: Exchange): void;
  end(): Promise<void>;
}

/** One exchange with the person at a time, beside the watching; its failure, such as Ctrl-C, ends all. */
function openTalk(stop: AbortSignal, onFailure: (error: unknown) => void): Talk {
  let tail = Promise.resolve();
  let offered: AbortController | undefined;
  const add = (exchange: Exchange, own: AbortSignal): void => {
    tail = tail
      .then(() => (own.aborted ? undefined : exchange(own)))
      .catch((error: unknown) => {
        if (!own.aborted) onFailure(error);
      });
  };
  return {
    ask(exchange) {
      offered?.abort();
      add(exchange, stop);
    },
    offer(exchange) {
      offered?.abort();
      offered = new AbortController();
      add(exchange, AbortSignal.any([stop, offered.signal]));
    },
    async end() {
      offered?.abort();
      await tail;
    },
  };
}

async function answer(id: string, options: DriveOptions, question: LoginQuestion, signal: AbortSignal): Promise<void> {
  const { management, screen } = options;
  await untilTaken(
    screen,
    () => screen.answer(question, signal),
    (value) => management.answerLogin({ id, question: question.id, value }, { signal }),
  );
}

async function offerPaste(id: string, { management, screen, clock }: DriveOptions, signal: AbortSignal): Promise<void> {
  await clock.sleep(screen.pasteAfterMs, signal);
  await untilTaken(
    screen,
    () => screen.paste(signal),
    (value) => management.answerLogin({ id, value }, { signal }),
  );
}

/** A mistyped answer is told and asked for again; a login that is gone is a failure. */
async function untilTaken(
  screen: LoginScreen,
  read: () => Promise<string | undefined>,
  send: (value: string) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    const value = await read();
    if (value === undefined) return;
    try {
      await send(value);
      return;
    } catch (error) {
      if (!(error instanceof AppError) || GONE.has(error.code)) throw error;
      // Another way was faster, and its answer is being redeemed.
      if (error.code === 'login_not_waiting') return;
      screen.complain(error);
    }
  }
}

const GONE: ReadonlySet<string> = new Set(['not_running', 'daemon_silent', 'login_unknown']);

async function timeOut(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  onTimeout: (error: AppError) => void,
): Promise<void> {
  try {
    await clock.sleep(timeoutMs, signal);
  } catch {
    return; // the login ended first
  }
  onTimeout(
    new AppError('login_timeout', `nobody logged in within ${timeoutMs / 1000} s, nothing was saved`, {
      hint: 'run it again, with a longer --timeout',
    }),
  );
}

function resultOf({ state, result, error }: LoginView): LoginResult {
  if (state === 'succeeded' && result !== undefined) return result;
  const { code, message, hint, exitCode } = error ?? {
    code: state === 'cancelled' ? 'login_cancelled' : 'login_failed',
    message: state === 'cancelled' ? 'cancelled from elsewhere, nothing was saved' : 'it gave no reason',
  };
  const knownExit = code === 'callback_port_in_use' ? EXIT.callbackPortInUse : EXIT.failed;
  throw new LoginEnded(
    new AppError(code, message, { exitCode: exitCode ?? knownExit, ...(hint === undefined ? {} : { hint }) }),
  );
}

/** Cancels, unless the login was through already: then it counts. */
async function giveUp(id: string, { management, signal }: DriveOptions, error: unknown): Promise<LoginResult> {
  const { result } = await cancel(id, management);
  if (result !== undefined) return result;
  if (signal.aborted) throw new AppError('cancelled', 'cancelled, nothing was saved', { cause: error });
  if (error instanceof AppError && error.code === 'cancelled') {
    throw new AppError('cancelled', 'cancelled, nothing was saved', { cause: error });
  }
  throw error;
}

/** What cannot be cancelled any more is being written. */
const SAVING_MS = 5_000;

async function cancel(id: string, management: DriveOptions['management']): Promise<Partial<LoginView>> {
  try {
    const { cancelled } = await management.cancelLogin({ id });
    return cancelled ? {} : await management.watchLogin({ id, after: Number.MAX_SAFE_INTEGER, waitMs: SAVING_MS });
  } catch (error) {
    // A daemon that is gone, or knows the login no longer, has nothing to save.
    if (error instanceof AppError) return {};
    throw error;
  }
}
