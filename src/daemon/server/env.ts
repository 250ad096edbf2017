import type { Duplex } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { Caller } from '../engine/inbound.js';
import type { Snapshot } from '../runtime/snapshot.js';

/**
 * What middleware hands to routes. `incoming` and `outgoing` are absent where the runtime is not Node; `upgrade` is there in
 * place of `outgoing` when the client asks for a WebSocket.
 */
export interface ServerEnv {
  Bindings: Partial<HttpBindings> & { readonly upgrade?: { readonly socket: Duplex; readonly head: Buffer } };
  Variables: {
    snapshot: Snapshot;
    caller: Caller;
    requestId: string;
    startedAt: number;
  };
}
