// A process of its own that keeps the simulated upstreams of `demo --keep` alive for as long as their gateway lives.
import { rm } from 'node:fs/promises';
import { startUpstreamSet, type UpstreamSet } from './upstream-set.js';

const CHECK_MS = 2000;
/** A gateway that restarts is away for a moment. */
const MISSES_ALLOWED = 3;

/** What the demo tells this process once its gateway runs. */
export interface HostOrder {
  readonly healthUrl: string;
  readonly home: string;
}

async function main(): Promise<void> {
  const set = await startUpstreamSet();
  process.once('message', (order: HostOrder) => {
    process.disconnect();
    watch(set, order);
  });
  process.once('disconnect', () => {
    // The demo ended before its gateway ran.
    if (process.listenerCount('message') > 0) process.exit(1);
  });
  process.send?.({ upstreams: set.upstreams });
}

function watch(set: UpstreamSet, { healthUrl, home }: HostOrder): void {
  let misses = 0;
  const check = async (): Promise<void> => {
    const isAlive = await fetch(healthUrl).then(
      (reply) => reply.ok,
      () => false,
    );
    misses = isAlive ? 0 : misses + 1;
    if (misses < MISSES_ALLOWED) {
      setTimeout(() => void check(), CHECK_MS);
      return;
    }
    await set.close();
    await rm(home, { recursive: true, force: true });
    process.exit(0);
  };
  void check();
}

await main();
