// The process that holds the simulated upstreams of `demo --keep` for as long as their gateway lives.
import { rm } from 'node:fs/promises';
import { startUpstreamSet, type UpstreamSet } from './upstream-set.js';

/** What the demo tells this process before it leaves it alone. */
export interface HostOrder {
  /** Answers while the gateway is alive. */
  readonly healthUrl: string;
  /** The demo's folder, removed at the end. */
  readonly home: string;
}

const CHECK_MS = 2000;
const MISSES_ALLOWED = 3;

async function main(): Promise<void> {
  const set = await startUpstreamSet();
  process.once('message', (order: HostOrder) => {
    process.disconnect();
    watch(set, order);
  });
  // Without an order the demo failed, or was killed: nobody would ever end this process.
  process.once('disconnect', () => {
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
