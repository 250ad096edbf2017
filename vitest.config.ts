import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need programs that `npm run test:agents` installs; it has a config of its own.
    exclude: ['test/agents/**'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Much of the time goes by in waiting for programs that tests start: two files at a time, also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
