import type { logins } from '../../../shared/contract/logins.js';
import type { Handlers } from '../../../shared/contract/route.js';
import type { LoginControl } from '../control-plane.js';

/** Logins by id: started here, watched by long polling, answered and called off. */
export const loginHandlers = (control: LoginControl): Handlers<typeof logins> => ({
  listLoginProviders: async () => ({ providers: await control.providers() }),
  startLogin: async (query) => ({ id: await control.start(query) }),
  watchLogin: (query, { signal }) => control.watch(query, signal),
  async answerLogin(query) {
    await control.answer(query);
    return {};
  },
  cancelLogin: async ({ id }) => ({ cancelled: await control.cancel(id) }),
});
