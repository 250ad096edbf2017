import type { HttpBindings } from '@hono/node-server';
import type { Caller } from '../engine/inbound.js';
import type { Snapshot } from '../runtime/snapshot.js';

/** What middleware hands to routes. `incoming` and `outgoing` are absent where the runtime is not Node. */
export interface ServerEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    snapshot: Snapshot;
    caller: Caller;
    requestId: string;
    startedAt: number;
  };
}
