import type { AccountContext } from '../../../src/daemon/login/account-context.js';
import { createDispatchers } from '../../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../../src/daemon/transport/http.js';
import { fakeClock } from '../pool.js';

export interface Renewal {
  readonly context: AccountContext;
  readonly clock: ReturnType<typeof fakeClock>;
  close(): Promise<void>;
}

/** What a refresh works with, over real sockets; sleeping takes no time. */
export function openRenewal(endpoints: Readonly<Record<string, string>>): Renewal {
  const clock = fakeClock(1_790_000_000_000);
  const dispatchers = createDispatchers(() => undefined);
  return {
    clock,
    context: { http: createHttpClient(dispatchers), clock, settings: { endpoints, clientPolicy: 'any' } },
    close: () => dispatchers.close(),
  };
}
