import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { runDaemon } from '../../src/daemon/process/entry.js';
import { openFakeDataPlane } from './daemon-fake-plane.js';

/** The real daemon around a tiny data plane; `TEST_LOG` chooses a log that cannot be written. */
const FAILING_LOGS = {
  full: () => createWriteStream('/dev/full'),
  denied: () =>
    new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('permission denied'), { code: 'EACCES' })),
    }),
} as const;

const kind = process.env['TEST_LOG'];

await runDaemon({
  loadDataPlane: async () => openFakeDataPlane,
  args: process.argv.slice(2),
  env: process.env,
  ...(kind === 'full' || kind === 'denied' ? { openLogStream: FAILING_LOGS[kind] } : {}),
});
