import type { Route } from './credential.js';
import type { Pool, PoolPolicy } from './pool.js';

export interface VerdictPolicy {
  /** Cooldown for failures that pass by themselves; 0 = none. */
  readonly transientCooldownMs: number;
}

export interface StreamPolicy {
  /** 0 = off. */
  readonly firstByteTimeoutMs: number;
  /** Silence after which a stream gets a keep-alive; 0 = off. */
  readonly keepAliveMs: number;
  /** Send the upstream's response headers on, minus those of one hop. */
  readonly passthroughHeaders: boolean;
}

/** Routing as one snapshot of the configuration has it; a request keeps the plan it started with. */
export interface Plan {
  readonly pool: Pool;
  readonly policy: PoolPolicy & VerdictPolicy & StreamPolicy;
  /** All that serves a client-visible name; case does not matter. */
  findRoute(name: string): Route | undefined;
  /** The name that `auto` stands for. */
  readonly autoModel: string | undefined;
}
