// One of several processes that refresh the same credential: `<folder> <name> <times> [kill at step] [passphrase]`.
import { setTimeout as delay } from 'node:timers/promises';
import { openRefresher } from '../../src/daemon/pool/refresher.js';
import { openFileStore } from '../../src/daemon/storage/file/file-store.js';
import { DISK, type FileSystem } from '../../src/daemon/storage/file/file-system.js';
import { openSeal } from '../../src/daemon/storage/file/seal.js';
import { createDispatchers } from '../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../src/daemon/transport/http.js';
import { fakeAccountProvider } from './fake-account.js';

const [folder = '', name = '', times = '1', killAt = '', passphrase = ''] = process.argv.slice(2);

const dieAt = (step: string): void => {
  if (step !== killAt) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal needs a moment; nothing more may happen in it.
  for (;;);
};

/** Ends this process for good right before the given step of keeping a new token. */
function deadlyFiles(): FileSystem {
  let hasFilled = false;
  let hasMoved = false;
  return {
    ...DISK,
    async open(path, flags, mode) {
      const isReserved = String(path).endsWith('.reserved');
      if (isReserved) dieAt('reserve');
      if (!isReserved && flags === 'r' && hasMoved) dieAt('sync-folder');
      const file = await DISK.open(path, flags, mode);
      if (!isReserved) return file;
      return new Proxy(file, {
        get(target, property) {
          if (hasFilled && typeof property === 'string') dieAt(property);
          const value: unknown = Reflect.get(target, property);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
    writeSync(file, bytes, from, length, position) {
      if (killAt === 'write') DISK.writeSync(file, bytes, from, Math.floor(length / 2), position);
      dieAt('write');
      const written = DISK.writeSync(file, bytes, from, length, position);
      hasFilled = true;
      return written;
    },
    async rename(from, to) {
      dieAt('rename');
      await DISK.rename(from, to);
      hasMoved = true;
    },
  };
}

const dispatchers = createDispatchers(() => undefined);
const http = createHttpClient(dispatchers);
const seal = passphrase === '' ? {} : { seal: openSeal(passphrase) };
const store = openFileStore({ folder, files: deadlyFiles(), ...seal });
const plain = fakeAccountProvider();
const provider: typeof plain = {
  ...plain,
  async refresh(fields, context) {
    dieAt('ask');
    const outcome = await plain.refresh(fields, context);
    dieAt('answer');
    return outcome;
  },
};
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
  const result = await refresher.force(name);
  if (result.kind === 'renewed') continue;
  lost++;
  process.send?.(result);
}
await refresher.close();
await dispatchers.close();
process.exit(lost === 0 ? 0 : 1);
