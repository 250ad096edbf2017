import cluster from 'node:cluster';
import type { DaemonOptions } from './daemon-options.js';
import { forkEarly } from './prefork.js';

/**
 * Runs this process as what it was started for: the primary, or one of its workers. Ends the process when done. Loads
 * nothing heavy itself, so that each kind of process loads only what it needs.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  if (cluster.isWorker) {
    const dataPlane = options.loadDataPlane();
    const { runWorkerProcess } = await import('./worker-process.js');
    return runWorkerProcess({ openDataPlane: await dataPlane, env: options.env });
  }
  const { args } = options;
  const firstWorker = forkEarly(args[args.indexOf('--config') + 1]);
  const { runPrimaryProcess } = await import('./primary-process.js');
  return runPrimaryProcess({ ...options, firstWorker });
}
