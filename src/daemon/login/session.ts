import type { Clock } from '../../shared/clock.js';
import type { LoginView } from '../../shared/contract/logins.js';
import { AppError } from '../../shared/errors.js';
import type { AccountContext } from './account-context.js';
import { type LoginJournal, openJournal } from './journal.js';
import type { LocalFiles, LoginContext, LoginMethod, NewCredential } from './method.js';
import { type Lane, raceMethods } from './race.js';
import { awaitRedirect } from './redirect.js';
import type { SavedCredential } from './save.js';

export interface SessionParts {
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Buffer;
  readonly local: LocalFiles;
  readonly account: AccountContext;
  readonly methods: readonly LoginMethod[];
  readonly options: Readonly<Record<string, string>>;
  readonly callbackPort?: number | undefined;
  readonly forwardTo?: string | undefined;
  /** Ends the older login that waits on one of these ports. */
  readonly makeRoom: (ports: readonly number[]) => Promise<void>;
  /** `commit`: called right before the write; throws when the login was cancelled. */
  readonly save: (credential: NewCredential, commit: () => void) => Promise<SavedCredential & { readonly id: string }>;
  readonly onInternalError: (error: unknown) => void;
}

/** One login from its start to its end. */
export interface LoginSession {
  readonly read: LoginJournal['read'];
  readonly endedAt: () => number | undefined;
  /** Throws `AppError` for an answer of no use; the login goes on. */
  answer(query: { readonly question?: string | undefined; readonly value: string }): void;
  /** `false`: it has ended, or is just being kept. */
  cancel(reason?: string): boolean;
  /** Whether it waits, or is about to, on one of these ports. */
  holds(ports: readonly number[]): boolean;
  /** When its ports are free again. */
  readonly ended: Promise<void>;
}

/** A login nobody finishes. */
const PENDING_MS = 30 * 60_000;

/** Starts at once. */
export function startSession(parts: SessionParts): LoginSession {
  const { clock, methods } = parts;
  const journal = openJournal(clock);
  const controller = new AbortController();
  const questions = new Map<string, { readonly choices: ReadonlySet<string> | undefined; take(value: string): void }>();
  const pasting = new Set<(text: string) => void>();
  const held = new Set<number>();
  let isKept = false;

  const runMethod = async (method: LoginMethod, lane: Lane): Promise<NewCredential> => {
    const cleanUps: (() => Promise<void>)[] = [];
    const context: LoginContext = {
      ...parts.account,
      ...lane,
      options: parts.options,
      local: parts.local,
      randomBytes: parts.randomBytes,
      tell: journal.tell,
      async awaitRedirect(wanted) {
        const result = await awaitRedirect(wanted, {
          clock,
          signal: lane.signal,
          callbackPort: parts.callbackPort,
          forwardTo: parts.forwardTo,
          tell: journal.tell,
          async makeRoom(ports) {
            for (const port of ports) if (port !== 0) held.add(port);
            await parts.makeRoom(ports);
          },
          takePasted(take) {
            pasting.add(take);
            return () => pasting.delete(take);
          },
          atEnd: (cleanUp) => void cleanUps.push(cleanUp),
        });
        lane.granted();
        return result;
      },
      ask: ({ id, message, secret = false, choices, fallback }) =>
        new Promise((resolve, reject) => {
          lane.signal.throwIfAborted();
          const settled = new AbortController();
          const forget = (): void => {
            settled.abort();
            questions.delete(id);
          };
          const onAbort = (): void => {
            forget();
            reject(lane.signal.reason);
          };
          lane.signal.addEventListener('abort', onAbort, { once: true, signal: settled.signal });
          questions.set(id, {
            choices: choices === undefined ? undefined : new Set(choices.map(({ value }) => value)),
            take(value) {
              forget();
              resolve(value);
            },
          });
          journal.tell({
            ...{ type: 'question', id, message, secret },
            ...(choices === undefined ? {} : { choices }),
            ...(fallback === undefined ? {} : { fallback }),
          });
        }),
    };
    try {
      return await method.run(context);
    } finally {
      await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
    }
  };

  const run = async (): Promise<void> => {
    const { signal } = controller;
    const done = new AbortController();
    clock.sleep(PENDING_MS, AbortSignal.any([signal, done.signal])).then(
      () => controller.abort(new AppError('login_timeout', 'the login was not finished within 30 minutes')),
      () => undefined,
    );
    try {
      const credential = await raceMethods({
        methods,
        signal,
        run: runMethod,
        onFailed: ({ title }, error) => journal.tell({ type: 'progress', message: `${title}: ${error.message}` }),
      });
      const saved = await parts.save(credential, () => {
        signal.throwIfAborted();
        isKept = true;
      });
      const { id, name, replaced, warning } = saved;
      journal.end({
        state: 'succeeded',
        result: {
          credential: id,
          name,
          label: credential.label,
          replaced,
          ...(warning === undefined ? {} : { warning }),
        },
      });
    } catch (thrown) {
      journal.end(endingOf(signal.aborted && !isKept ? signal.reason : thrown, parts.onInternalError));
    } finally {
      done.abort();
    }
  };

  return {
    read: journal.read,
    endedAt: () => journal.endedAt,
    answer: (query) => takeAnswer(query, questions, pasting),
    cancel(reason = 'the login was cancelled') {
      if (journal.endedAt !== undefined || isKept) return false;
      const cancelled = new AppError('login_cancelled', reason);
      controller.abort(cancelled);
      // Told at once: whoever cancelled need not wait for calls that are being taken down.
      journal.end(endingOf(cancelled, parts.onInternalError));
      return true;
    },
    holds: (ports) => ports.some((port) => held.has(port)),
    ended: run(),
  };
}

function takeAnswer(
  { question, value }: { readonly question?: string | undefined; readonly value: string },
  questions: ReadonlyMap<string, { readonly choices: ReadonlySet<string> | undefined; take(value: string): void }>,
  pasting: ReadonlySet<(text: string) => void>,
): void {
  if (question === undefined) {
    if (pasting.size === 0) throw new AppError('login_not_waiting', 'this login waits for no address or code');
    for (const take of [...pasting]) take(value);
    return;
  }
  const asked = questions.get(question);
  if (asked === undefined) throw new AppError('login_not_waiting', `this login does not ask for ${question} now`);
  const text = value.trim();
  if (text === '') throw new AppError('login_answer_invalid', 'the answer is empty');
  if (asked.choices?.has(text) === false)
    throw new AppError('login_answer_invalid', 'the answer is none of the choices');
  asked.take(text);
}

function endingOf(error: unknown, onInternalError: (error: unknown) => void): Omit<LoginView, 'events'> {
  if (!(error instanceof AppError)) {
    onInternalError(error);
    return {
      state: 'failed',
      error: { code: 'internal_error', message: 'internal error', hint: 'the log has the details' },
    };
  }
  const { code, message, hint, exitCode } = error;
  return {
    state: code === 'login_cancelled' ? 'cancelled' : 'failed',
    error: { code, message, exitCode, ...(hint === undefined ? {} : { hint }) },
  };
}
