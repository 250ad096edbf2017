import type { Reasoning } from '../ir/request.js';
import type { PayloadRules } from '../payload/compile.js';
import type { Route } from './credential.js';
import type { Pool, PoolPolicy } from './pool.js';
import type { PlanQuota } from './quota-threshold.js';

export interface VerdictPolicy {
  /** Cooldown for failures that pass by themselves; 0 = none. */
  readonly transientCooldownMs: number;
}

export interface StreamPolicy {
  /** Whole further executions of a stream that failed before its first output. */
  readonly bootstrapRetries: number;
  /** Longest silence of an upstream before its first byte; 0 = off. */
  readonly firstByteTimeoutMs: number;
  /** Silence after which a stream gets a keep-alive; 0 = off. */
  readonly keepAliveMs: number;
  /** The same while an answer that is no stream is pending. */
  readonly wholeKeepAliveMs: number;
  /** Send the upstream's response headers on, minus those of one hop. */
  readonly passthroughHeaders: boolean;
}

/** Routing as one snapshot of the configuration has it; a request keeps the plan it started with. */
export interface Plan {
  readonly pool: Pool;
  readonly policy: PoolPolicy & VerdictPolicy & StreamPolicy;
  /** Absent: no account's limits are watched. */
  readonly quota?: PlanQuota;
  /** What the user's rules do to bodies on their way upstream; absent: nothing. */
  readonly payload?: PayloadRules | undefined;
  /** The one reading of what a client calls a model. */
  resolve(model: string): Resolution;
  /** What serves in place of a model that is used up, in order; each answers under the name the client asked for. */
  fallbacksOf(name: string): readonly Route[];
}

/** From the name a client wrote to what serves it. */
export interface Resolution {
  /** Without the thinking suffix, and with `auto` decided: what answers call the model. */
  readonly modelName: string;
  readonly suffix: Reasoning | undefined;
  /** Absent: nobody serves it, and nobody in its place. */
  readonly route: Route | undefined;
}
