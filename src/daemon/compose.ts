import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '../shared/clock.js';
import type { LoadedConfig } from '../shared/config/load.js';
import type { ModelSummary } from '../shared/contract/lifecycle.js';
import { environmentProxy } from '../shared/environment-proxy.js';
import { CLIENT_DIALECTS, UPSTREAM_DIALECTS } from './dialects/registry.js';
import { testCredential } from './engine/credential-test.js';
import { createEngine, type EngineEvents } from './engine/engine.js';
import { failureStatus } from './ir/error.js';
import { openCatalog } from './models/catalog.js';
import { openTokenCounter } from './models/token-counter.js';
import type { Credential } from './pool/credential.js';
import { openPoolState } from './pool/state.js';
import type { DataPlane, DataPlaneOptions } from './process/data-plane.js';
import { compileSnapshot } from './runtime/compile.js';
import { describeCredential, findCredential, offerOf, summariseCredential } from './runtime/describe.js';
import { explainRoute } from './runtime/explain.js';
import { openPoolStore } from './runtime/pool-store.js';
import type { Snapshot } from './runtime/snapshot.js';
import { createApp, type ServerParts } from './server/app.js';
import { openResponsesSockets } from './server/responses-socket.js';
import { openUpgrade } from './server/upgrade.js';
import { createDispatchers } from './transport/dispatchers.js';
import { createHttpClient } from './transport/http.js';
import { createPublicFetch } from './transport/public-fetch.js';

/** Puts the data plane together: the only place that knows every concrete part. */
export function openDataPlane({ loaded, log, env, stateDir }: DataPlaneOptions): DataPlane {
  const catalog = openCatalog();
  const state = openPoolState();
  const store =
    stateDir === undefined
      ? undefined
      : openPoolStore({
          path: join(stateDir, 'routing.json'),
          state,
          now: Date.now,
          onProblem: (err) => log.warn({ err }, 'cooldowns and session bindings cannot be kept'),
        });
  const compile = (next: LoadedConfig): Snapshot =>
    compileSnapshot(next, { catalog, state, clock: systemClock, random: Math.random });

  let proxyUrl = proxySetting(loaded);
  const fromEnvironment = environmentProxy(env);
  const dispatchers = createDispatchers((origin) => proxyUrl ?? fromEnvironment(origin));
  const holder = { current: compile(loaded) };
  const counter = openTokenCounter(() => createRequire(import.meta.url).resolve('#token-worker'));
  const stats = { inFlight: 0, requests: 0, failures: 0 };
  let isAccepting = false;
  const credentialOf = (id: string): Credential => findCredential(holder.current.credentials, id);

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
    fetchPublic: createPublicFetch(),
    dialects: UPSTREAM_DIALECTS,
    clock: systemClock,
    newId,
    events,
  });
  const onRefused: ServerParts['onRefused'] = (c, failure, error) => {
    stats.requests++;
    stats.failures++;
    const isOurs = failure.code === 'internal_error';
    log[isOurs ? 'error' : 'info'](
      {
        requestId: c.get('requestId'),
        key: c.get('caller')?.keyId,
        path: c.req.path,
        status: failureStatus(failure),
        outcome: failure.reason,
        code: failure.code,
        error: failure.message,
        durationMs: Date.now() - c.get('startedAt'),
        ...(isOurs ? { err: error } : {}),
      },
      'request refused',
    );
  };
  const sockets = openResponsesSockets({
    engine,
    holder,
    dialect: CLIENT_DIALECTS.responses,
    now: Date.now,
    newId,
    onRefused,
    onRunning() {
      stats.inFlight++;
      return () => {
        stats.inFlight--;
      };
    },
  });
  const app = createApp({
    engine,
    holder,
    dialects: CLIENT_DIALECTS,
    counter,
    now: Date.now,
    isReady: () => isAccepting && holder.current.models.length > 0,
    sockets,
    onRefused,
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
    upgrade: openUpgrade(app),
    apply(next) {
      holder.current = compile(next);
      proxyUrl = proxySetting(next);
      return { configHash: next.hash, warnings: [] };
    },
    setReady(ready) {
      isAccepting = ready;
      if (!ready) sockets.end();
    },
    models: () => holder.current.models.map(summariseModel),
    credentials: () => holder.current.credentials.map((each) => summariseCredential(each, state.health, Date.now())),
    credential: (id) => describeCredential(credentialOf(id), state.health, Date.now()),
    resetCredentials(id) {
      const ids = id === undefined ? holder.current.credentials.map((each) => each.id) : [credentialOf(id).id];
      state.reset(id);
      return ids;
    },
    async testCredential({ id, model }) {
      const credential = credentialOf(id);
      const offer = offerOf(credential, model);
      const parts = { engine, dialect: CLIENT_DIALECTS.chat, policy: holder.current.plan.policy, id: newId('test-') };
      const result = await testCredential(credential, offer, { ...parts, now: Date.now, timeoutMs: TEST_TIMEOUT_MS });
      // It answers: what was held against it is refuted.
      for (const modelId of result.works ? [undefined, offer.model.id] : []) state.health.clear(id, modelId);
      return result;
    },
    explainRoute: ({ model, session }) => explainRoute(holder.current, { model, sessionKey: session }, Date.now()),
    stats: () => ({ ...stats }),
    async close() {
      sockets.terminate();
      await Promise.all([counter.close(), dispatchers.close(), store?.close()]);
    },
  };
}

const newId = (prefix: string): string => prefix + randomBytes(12).toString('hex');

const TEST_TIMEOUT_MS = 30_000;

const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

/** The configured proxy, `direct` and `none` included; an empty setting leaves the choice to the environment. */
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
