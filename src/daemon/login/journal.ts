import type { Clock } from '../../shared/clock.js';
import type { LoginEventView, LoginView } from '../../shared/contract/logins.js';
import type { LoginEvent } from './method.js';

type Ending = Omit<LoginView, 'events'>;

/** What happened in one login, in order, for everyone who asks; asking may wait for news. */
export interface LoginJournal {
  tell(event: LoginEvent): void;
  /** The first ending stays. */
  end(ending: Ending): void;
  /** Epoch milliseconds of the end; absent while it goes on. */
  readonly endedAt: number | undefined;
  /** What came after `after`; waits up to `waitMs` when that is nothing and the login goes on. */
  read(query: { readonly after: number; readonly waitMs: number }, signal: AbortSignal): Promise<LoginView>;
}

/** More than any login has to say; later ones are dropped rather than kept without bound. */
const MAX_EVENTS = 200;

export function openJournal(clock: Clock): LoginJournal {
  const events: LoginEventView[] = [];
  const waiting = new Set<() => void>();
  let ending: Ending | undefined;
  let endedAt: number | undefined;
  const wake = (): void => {
    for (const listener of waiting) listener();
  };
  const view = (after: number): LoginView => ({
    events: events.filter(({ seq }) => seq > after),
    ...(ending ?? { state: 'running' }),
  });
  return {
    get endedAt() {
      return endedAt;
    },
    tell(event) {
      if (ending !== undefined || events.length >= MAX_EVENTS) return;
      events.push({ ...event, seq: events.length + 1, at: clock.now() });
      wake();
    },
    end(next) {
      if (ending !== undefined) return;
      ending = next;
      endedAt = clock.now();
      wake();
    },
    async read({ after, waitMs }, signal) {
      const hasNews = (): boolean => ending !== undefined || events.some(({ seq }) => seq > after);
      if (hasNews() || waitMs === 0) return view(after);
      const enough = new AbortController();
      const news = new Promise<void>((resolve) => {
        waiting.add(resolve);
        enough.signal.addEventListener('abort', () => waiting.delete(resolve), { once: true });
      });
      // Whichever way the wait ends, what is known then is the answer.
      const waited = clock.sleep(waitMs, AbortSignal.any([signal, enough.signal])).catch(() => undefined);
      await Promise.race([news, waited]);
      enough.abort();
      return view(after);
    },
  };
}
