import type { Clock } from '../../shared/clock.js';
import { AppError } from '../../shared/errors.js';
import { type CallbackAnswer, openCallbackReader } from './callback.js';
import { openCallbackListener } from './callback-listener.js';
import type { LoginEvent, RedirectResult, RedirectWanted } from './method.js';

export interface RedirectDesk {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Instead of the vendor's own. */
  readonly callbackPort?: number | undefined;
  readonly forwardTo?: string | undefined;
  tell(event: LoginEvent): void;
  /** Before a port is opened: an older login of ours that waits there makes room. */
  makeRoom(ports: readonly number[]): Promise<void>;
  /** Takes what is pasted from now on; `take` throws `AppError` for what is of no use. Gives how to stop. */
  takePasted(take: (text: string) => void): () => void;
  /** Run when the method has ended, so that a second redirect is still answered while the first one is worked on. */
  atEnd(cleanUp: () => Promise<void>): void;
}

type OwnAnswer = Exclude<CallbackAnswer, { kind: 'foreign' | 'empty' }>;

/** The browser's redirect or its address pasted, whichever comes first. */
export async function awaitRedirect(wanted: RedirectWanted, desk: RedirectDesk): Promise<RedirectResult> {
  const { signal, clock, callbackPort, forwardTo } = desk;
  const { state, issuer, path } = wanted;
  const ports = callbackPort === undefined ? wanted.ports : [callbackPort];
  await desk.makeRoom(ports);
  signal.throwIfAborted();

  let settle: (answer: OwnAnswer) => void = () => undefined;
  const answered = new Promise<OwnAnswer>((resolve) => {
    settle = resolve;
  });
  const reader = await openCallbackReader({ state, issuer });
  const listener = await openCallbackListener({ ports, path, reader, forwardTo, onAnswer: (answer) => settle(answer) });
  desk.atEnd(() => listener.close());
  signal.throwIfAborted();
  const redirectUri = `http://${wanted.host ?? 'localhost'}:${listener.port}${path}`;
  await wanted.announce?.(redirectUri);
  signal.throwIfAborted();
  const stopPasting = desk.takePasted((text) => settle(usable(reader.readPasted(text))));
  desk.tell({ type: 'open-url', url: wanted.url(redirectUri), redirectUri });

  const waiting = new AbortController();
  const gaveUp = clock.sleep(wanted.timeoutMs, AbortSignal.any([signal, waiting.signal])).then((): never => {
    throw timedOut(wanted.timeoutMs);
  });
  try {
    const answer = await Promise.race([answered, gaveUp]);
    if (answer.kind === 'code') return { code: answer.code, redirectUri };
    // A second try of the same login may have to come back to the same port.
    await listener.close();
    throw new AppError('login_denied', `the login was refused: ${answer.reason}`, { hint: 'start the login again' });
  } finally {
    waiting.abort();
    // Its end by our own abort concerns nobody.
    gaveUp.catch(() => undefined);
    stopPasting();
  }
}

function usable(answer: CallbackAnswer): OwnAnswer {
  switch (answer.kind) {
    case 'code':
    case 'denied':
      return answer;
    case 'foreign':
      throw new AppError('login_answer_foreign', 'what was pasted belongs to another login', {
        hint: 'open the address of this login, and paste the one the browser ends at',
      });
    case 'empty':
      throw new AppError('login_answer_invalid', 'what was pasted holds no code', {
        hint: "paste the whole address from the browser's address bar",
      });
    default:
      return answer satisfies never;
  }
}

const timedOut = (ms: number): AppError =>
  new AppError('login_timeout', `no answer from the browser within ${Math.round(ms / 60_000)} minutes`, {
    hint: 'start the login again; where the browser runs on another machine, paste the address it ends at',
  });
