import { openAccountParts } from '../../src/daemon/compose-accounts.js';
import { runDaemon } from '../../src/daemon/process/entry.js';
import { fakeAccountProvider } from './fake-account.js';

// The whole daemon, with one more vendor of logins: the fake one.
await runDaemon({
  loadDataPlane: async () => {
    const { openDataPlane } = await import('../../src/daemon/compose.js');
    return (options) => openDataPlane({ ...options, accountProviders: [fakeAccountProvider()] });
  },
  loadAccountParts: async () => (options) => ({ ...openAccountParts(options), providers: [fakeAccountProvider()] }),
  args: process.argv.slice(2),
  env: process.env,
});
