import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '../shared/clock.js';
import type { LoadedConfig } from '../shared/config/load.js';
import type { CredentialSummary, ModelSummary } from '../shared/contract/lifecycle.js';
import { CLIENT_DIALECTS, UPSTREAM_DIALECTS } from './dialects/registry.js';
import { createEngine, type EngineEvents } from './engine/engine.js';
import { failureStatus } from './ir/error.js';
import { openCatalog } from './models/catalog.js';
import { openTokenCounter } from './models/token-counter.js';
import { openPoolState } from './pool/state.js';
import type { DataPlane, DataPlaneOptions } from './process/data-plane.js';
import { compileSnapshot } from './runtime/compile.js';
import type { Snapshot } from './runtime/snapshot.js';
import { createApp } from './server/app.js';
import { createDispatchers, environmentProxy } from './transport/dispatchers.js';
import { createHttpClient } from './transport/http.js';

/** Puts the data plane together: the only place that knows every concrete part. */
export function openDataPlane({ loaded, log, env }: DataPlaneOptions): DataPlane {
  const catalog = openCatalog();
  const state = openPoolState();
  const compile = (next: LoadedConfig): Snapshot =>
    compileSnapshot(next, { catalog, state, clock: systemClock, random: Math.random });

  let proxyUrl = proxySetting(loaded);
  const fromEnvironment = environmentProxy(env);
  const dispatchers = createDispatchers((origin) => proxyUrl ?? fromEnvironment(origin));
  const holder = { current: compile(loaded) };
  const counter = openTokenCounter(() => createRequire(import.meta.url).resolve('#token-worker'));
  const stats = { inFlight: 0, requests: 0, failures: 0 };
  let isAccepting = false;

  const events: EngineEvents = {
    onEnd(inbound, { lease, upstreamDialect, usage, failure }) {
      stats.requests++;
      if (failure !== undefined && failure.reason !== 'aborted') stats.failures++;
      log.info(
        {
          requestId: inbound.id,
          key: inbound.caller.keyId,
          client: inbound.dialect.id,
          upstream: upstreamDialect,
          model: inbound.modelName,
          upstreamModel: lease?.offer.model.id,
          credential: lease?.credential.label,
          stream: inbound.stream,
          status: failure === undefined ? 200 : failureStatus(failure),
          outcome: failure === undefined ? 'ok' : failure.reason === 'aborted' ? 'client-abandoned' : failure.reason,
          durationMs: Date.now() - inbound.startedAt,
          inputTokens: usage?.inputTokens,
          cacheReadTokens: usage?.cacheReadTokens,
          outputTokens: usage?.outputTokens,
        },
        'request',
      );
    },
    onFailedAttempt(inbound, lease, failure) {
      log.warn(
        {
          requestId: inbound.id,
          credential: lease.credential.label,
          model: lease.offer.model.id,
          status: failure.status,
          reason: failure.reason,
          code: failure.code,
          error: failure.message,
        },
        'upstream attempt failed',
      );
    },
    onWarning: (inbound, warning) => log.debug({ requestId: inbound.id, ...warning }, 'not expressible upstream'),
  };

  const engine = createEngine({
    http: createHttpClient(dispatchers),
    dialects: UPSTREAM_DIALECTS,
    clock: systemClock,
    newId: (prefix) => prefix + randomBytes(12).toString('hex'),
    events,
  });
  const app = createApp({
    engine,
    holder,
    dialects: CLIENT_DIALECTS,
    counter,
    now: Date.now,
    isReady: () => isAccepting && holder.current.models.length > 0,
    onRefused(c, failure, error) {
      stats.requests++;
      stats.failures++;
      const isOurs = failure.code === 'internal_error';
      log[isOurs ? 'error' : 'info'](
        {
          requestId: c.var.requestId,
          key: c.get('caller')?.keyId,
          path: c.req.path,
          status: failureStatus(failure),
          outcome: failure.reason,
          code: failure.code,
          error: failure.message,
          durationMs: Date.now() - c.var.startedAt,
          ...(isOurs ? { err: error } : {}),
        },
        'request refused',
      );
    },
  });
  const listen = getRequestListener(app.fetch, { overrideGlobalObjects: false });

  return {
    listener(request, response) {
      stats.inFlight++;
      response.once('close', () => {
        stats.inFlight--;
      });
      void listen(request, response);
    },
    apply(next) {
      holder.current = compile(next);
      proxyUrl = proxySetting(next);
      return { configHash: next.hash, warnings: [] };
    },
    setReady(ready) {
      isAccepting = ready;
    },
    models: () => holder.current.models.map(summariseModel),
    credentials: () => {
      const now = Date.now();
      return holder.current.credentials.map((credential): CredentialSummary => {
        const worst = state.health.worst(credential.id, now);
        return {
          id: credential.id,
          provider: credential.providerName,
          label: credential.label,
          priority: credential.priority,
          weight: credential.weight,
          models: credential.models.length,
          state: credential.disabled ? 'disabled' : worst === undefined ? 'ready' : 'cooling',
          ...(credential.baseUrl === '' ? {} : { baseUrl: credential.baseUrl }),
          ...(credential.prefix === undefined ? {} : { prefix: credential.prefix }),
          ...(worst === undefined ? {} : { coolingUntil: worst.until, reason: worst.reason }),
        };
      });
    },
    stats: () => ({ ...stats }),
    async close() {
      await Promise.all([counter.close(), dispatchers.close()]);
    },
  };
}

const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

/** The configured proxy; an empty setting leaves the choice to the environment. */
const proxySetting = ({ config }: LoadedConfig): string | undefined =>
  config['proxy-url'] === '' ? undefined : config['proxy-url'];

const summariseModel = ({ id, info, providers, credentials }: Snapshot['models'][number]): ModelSummary => ({
  id,
  providers: [...providers],
  credentials,
  ...(info.displayName === undefined ? {} : { displayName: info.displayName }),
  ...(info.ownedBy === undefined ? {} : { ownedBy: info.ownedBy }),
  ...(info.contextTokens === undefined ? {} : { contextTokens: info.contextTokens }),
  ...(info.maxOutputTokens === undefined ? {} : { maxOutputTokens: info.maxOutputTokens }),
  ...(info.thinking === undefined ? {} : { thinking: [...info.thinking.levels] }),
});
