import type { Clock } from '../../shared/clock.js';
import type { LoadedConfig } from '../../shared/config/load.js';
import type { Config } from '../../shared/config/schema.js';
import { isImageOnly } from '../ir/image-answer.js';
import type { Catalog } from '../models/catalog.js';
import { compilePayload } from '../payload/compile.js';
import type { Credential } from '../pool/credential.js';
import type { Plan } from '../pool/plan.js';
import { openPool } from '../pool/pool.js';
import { openPlanQuota } from '../pool/quota-threshold.js';
import type { PoolState } from '../pool/state.js';
import { compileAccess } from './access-policy.js';
import type { CompiledAccounts } from './accounts.js';
import { compileCredentials } from './credentials.js';
import { openFallbacks } from './fallbacks.js';
import { openResolver } from './resolve.js';
import { compileRoutes, type FindRoute, openRouteFinder, type RouteTable } from './routes.js';
import type { Snapshot } from './snapshot.js';

export interface CompileParts {
  readonly catalog: Catalog;
  /** What outlives a reload: cooldowns, sessions, cursors. */
  readonly state: PoolState;
  readonly clock: Clock;
  readonly random: () => number;
}

const DEFAULT_TRANSIENT_SECONDS = 60;

/** Credentials that were compiled before: those of files, and those of the same config. */
export interface CompiledCredentials {
  readonly accounts?: CompiledAccounts;
  readonly entries?: readonly Credential[];
}

/** Compiles a checked config into one immutable snapshot. Pure, but for the state it hands on. */
export function compileSnapshot(
  { config, hash, prompts = {} }: LoadedConfig,
  parts: CompileParts,
  { accounts, entries }: CompiledCredentials = {},
): Snapshot {
  const { catalog } = parts;
  const credentials = [...(entries ?? compileCredentials(config, catalog)), ...(accounts?.credentials ?? [])];
  const table = compileRoutes(credentials, config['force-model-prefix']);
  return {
    hash,
    plan: {
      ...compilePlan(config, parts, openRouteFinder(table, catalog), autoModelOf(table)),
      payload: compilePayload(config, prompts),
    },
    access: compileAccess(config),
    maxBodyBytes: config['max-body-mb'] * 1024 * 1024,
    servesResponsesSocket: config['responses-websocket-enabled'],
    servesCompact: config['responses-compact-enabled'],
    servesImages: config['disable-image-generation'] !== true,
    imageLinks: { ttlMs: config.images['link-ttl'], maxBytes: config.images['link-store-mb'] * 1024 * 1024 },
    models: table.models,
    credentials,
    unusable: accounts?.unusable ?? [],
  };
}

/** The first that can hold a conversation. */
const autoModelOf = ({ models }: RouteTable): string | undefined => models.find(({ info }) => !isImageOnly(info))?.id;

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
    wholeKeepAliveMs: config['nonstream-keepalive-interval'] * 1000,
    passthroughHeaders: config['passthrough-headers'],
  };
  const pool = openPool({
    policy,
    health: state.health,
    loads: state.loads,
    selector: state.selector(config.routing.strategy),
    sessions: config.routing['session-affinity'] ? state.sessions(config.routing['session-affinity-ttl']) : undefined,
    now: clock.now,
    random,
  });
  const fallbacksOf = openFallbacks(config['quota-exceeded']['fallback-models'], findRoute);
  const quota = openPlanQuota({
    book: state.quota,
    thresholds: config['quota-exceeded']['claude-quota-threshold'],
    now: clock.now,
  });
  return { pool, policy, quota, fallbacksOf, resolve: openResolver({ findRoute, fallbacksOf, autoModel }) };
}
