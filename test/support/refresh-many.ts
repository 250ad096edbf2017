// One of several processes that refresh the same credential: `<folder> <name> <times> [kill at step]`.
import * as promises from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { openRefresher } from '../../src/daemon/pool/refresher.js';
import { openFileStore } from '../../src/daemon/storage/file/file-store.js';
import { createDispatchers } from '../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../src/daemon/transport/http.js';
import { fakeAccountProvider } from './fake-account.js';

const [folder = '', name = '', times = '1', killAt] = process.argv.slice(2);

/** Ends this process for good right before the given step of a write. */
function deadlyFiles(step: string | undefined): typeof promises {
  if (step === undefined) return promises;
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    // The signal needs a moment; nothing more may happen in it.
    for (;;);
  };
  let hasWritten = false;
  return {
    ...promises,
    async open(path, flags, mode) {
      const isNew = String(path).endsWith('.new');
      if (isNew && step === 'open') die();
      if (!isNew && flags === 'r' && hasWritten && step === 'sync-folder') die();
      const file = await promises.open(path, flags, mode);
      if (!isNew) return file;
      return new Proxy(file, {
        get(target, property) {
          if (property === 'writeFile' && step === 'write') {
            return async (text: string) => {
              await target.writeFile(text.slice(0, text.length / 2));
              die();
            };
          }
          if (property === 'sync' && step === 'sync') die();
          if (property === 'close' && step === 'close') die();
          const value: unknown = Reflect.get(target, property);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
    async rename(from, to) {
      if (step === 'rename') die();
      await promises.rename(from, to);
      hasWritten = true;
    },
  };
}

const dispatchers = createDispatchers(() => undefined);
const http = createHttpClient(dispatchers);
const store = openFileStore({ folder, files: deadlyFiles(killAt) });
const provider = fakeAccountProvider();
const clock = {
  now: Date.now,
  sleep: (ms: number, signal?: AbortSignal) => delay(ms, undefined, { ref: false, ...(signal && { signal }) }),
};
const refresher = openRefresher({
  store,
  clock,
  workers: 4,
  providerOf: () => provider,
  contextOf: () => ({ http, clock, settings: { endpoints: {}, clientPolicy: 'any' } }),
  onStored: async () => undefined,
  onEvent: () => undefined,
});

let lost = 0;
for (let index = 0; index < Number(times); index++) {
  const { kind } = await refresher.force(name);
  if (kind !== 'renewed') lost++;
}
await refresher.close();
await dispatchers.close();
process.exit(lost === 0 ? 0 : 1);
