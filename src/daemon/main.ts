import { runDaemon } from './process/entry.js';

// The entry of every daemon process, primary and worker alike.
await runDaemon({
  loadDataPlane: async () => (await import('./compose.js')).openDataPlane,
  loadAccountParts: async () => (await import('./compose-accounts.js')).openAccountParts,
  args: process.argv.slice(2),
  env: process.env,
});
