import type { lifecycle } from '../../../shared/contract/lifecycle.js';
import type { Handlers } from '../../../shared/contract/route.js';
import type { ControlPlane } from '../control-plane.js';

type LifecycleHandlers = Pick<
  Handlers<typeof lifecycle>,
  'getStatus' | 'reload' | 'restartWorkers' | 'shutdown' | 'listModels'
>;

/** State of the daemon and its workers, and what may be done to them. */
export const lifecycleHandlers = (plane: ControlPlane): LifecycleHandlers => ({
  getStatus: () => plane.status(),
  async reload() {
    const { warnings, restartNeeded, ...rest } = await plane.reload();
    return { ...rest, warnings: [...warnings], restartNeeded: [...restartNeeded] };
  },
  restartWorkers: async () => ({ workers: await plane.restartWorkers() }),
  shutdown: async ({ drainTimeoutMs }) => ({ draining: await plane.shutdown(drainTimeoutMs) }),
  listModels: async () => ({ models: await plane.models() }),
});
