import type { Clock } from '../../shared/clock.js';
import type { LoadedConfig } from '../../shared/config/load.js';
import type { Config } from '../../shared/config/schema.js';
import type { Catalog } from '../models/catalog.js';
import type { Plan } from '../pool/plan.js';
import { openPool } from '../pool/pool.js';
import type { PoolState } from '../pool/state.js';
import { compileAccess } from './access-policy.js';
import { compileCredentials } from './credentials.js';
import { openFallbacks } from './fallbacks.js';
import { openResolver } from './resolve.js';
import { compileRoutes, type FindRoute, openRouteFinder } from './routes.js';
import type { Snapshot } from './snapshot.js';

export interface CompileParts {
  readonly catalog: Catalog;
  /** What outlives a reload: cooldowns, sessions, cursors. */
  readonly state: PoolState;
  readonly clock: Clock;
  readonly random: () => number;
}

const DEFAULT_TRANSIENT_SECONDS = 60;

/** Compiles a checked config into one immutable snapshot. Pure, but for the state it hands on. */
export function compileSnapshot({ config, hash }: LoadedConfig, parts: CompileParts): Snapshot {
  const { catalog } = parts;
  const credentials = compileCredentials(config, catalog);
  const table = compileRoutes(credentials, config['force-model-prefix']);
  return {
    hash,
    plan: compilePlan(config, parts, openRouteFinder(table, catalog), table.models[0]?.id),
    access: compileAccess(config),
    maxBodyBytes: config['max-body-mb'] * 1024 * 1024,
    servesResponsesSocket: config['responses-websocket-enabled'],
    servesCompact: config['responses-compact-enabled'],
    models: table.models,
    credentials,
  };
}

function compilePlan(
  config: Config,
  { state, clock, random }: CompileParts,
  findRoute: FindRoute,
  autoModel: string | undefined,
): Plan {
  const transient = config['transient-error-cooldown-seconds'];
  const policy: Plan['policy'] = {
    requestRetry: config['request-retry'],
    maxRetryCredentials: Math.max(0, config['max-retry-credentials']),
    maxRetryIntervalMs: Math.max(0, config['max-retry-interval']) * 1000,
    disableCooling: config['disable-cooling'],
    transientCooldownMs: Math.max(0, transient === 0 ? DEFAULT_TRANSIENT_SECONDS : transient) * 1000,
    firstByteTimeoutMs: config.streaming['first-byte-timeout-seconds'] * 1000,
    bootstrapRetries: config.streaming['bootstrap-retries'],
    keepAliveMs: config.streaming['keepalive-seconds'] * 1000,
    passthroughHeaders: config['passthrough-headers'],
  };
  const pool = openPool({
    policy,
    health: state.health,
    selector: state.selector(config.routing.strategy),
    sessions: config.routing['session-affinity'] ? state.sessions(config.routing['session-affinity-ttl']) : undefined,
    now: clock.now,
    random,
  });
  const fallbacksOf = openFallbacks(config['quota-exceeded']['fallback-models'], findRoute);
  return { pool, policy, fallbacksOf, resolve: openResolver({ findRoute, fallbacksOf, autoModel }) };
}
