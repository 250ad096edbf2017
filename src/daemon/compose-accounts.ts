import { environmentProxy } from '../shared/environment-proxy.js';
import type { OpenAccountParts } from './process/account-parts.js';
import { ACCOUNT_PROVIDERS } from './providers/registry.js';
import { createDispatchers } from './transport/dispatchers.js';
import { createHttpClient } from './transport/http.js';

/** The primary's share of the concrete parts: providers of logins, and the same way to vendors that requests take. */
export const openAccountParts: OpenAccountParts = ({ config, env }) => {
  const fromEnvironment = environmentProxy(env);
  const dispatchers = createDispatchers((origin) => {
    const configured = config()['proxy-url'];
    return configured === '' ? fromEnvironment(origin) : configured;
  });
  return { providers: ACCOUNT_PROVIDERS, http: createHttpClient(dispatchers), close: () => dispatchers.close() };
};
