import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '../shared/clock.js';
import type { LoadedConfig } from '../shared/config/load.js';
import type { Config } from '../shared/config/schema.js';
import type { ModelSummary, Problem } from '../shared/contract/lifecycle.js';
import { environmentProxy } from '../shared/environment-proxy.js';
import { CLIENT_DIALECTS, UPSTREAM_DIALECTS } from './dialects/registry.js';
import { testCredential } from './engine/credential-test.js';
import { createEngine, type EngineEvents } from './engine/engine.js';
import { explainTrace, openRequestTraces } from './engine/trace.js';
import { openImageStore } from './images/store.js';
import { failureStatus } from './ir/error.js';
import { openCatalog } from './models/catalog.js';
import { openTokenCounter } from './models/token-counter.js';
import { openAttemptTally } from './observe/attempt-tally.js';
import { cacheHitRatio, openCacheTally } from './observe/cache-tally.js';
import { unreadablePaths } from './payload/compile.js';
import type { Credential } from './pool/credential.js';
import { openPoolState } from './pool/state.js';
import type { DataPlane, DataPlaneOptions } from './process/data-plane.js';
import { ACCOUNT_PROVIDERS } from './providers/registry.js';
import { openAccountCompiler } from './runtime/accounts.js';
import {
  describeCredential,
  findCredential,
  offerOf,
  summariseCredential,
  summariseUnusable,
} from './runtime/describe.js';
import { explainRoute } from './runtime/explain.js';
import { openPoolStore } from './runtime/pool-store.js';
import { liftRefusals, openCompiler } from './runtime/recompile.js';
import type { Snapshot } from './runtime/snapshot.js';
import { createApp, type ServerParts } from './server/app.js';
import { type ManagementDoor, openManagementDoor } from './server/management.js';
import { openResponsesSockets } from './server/responses-socket.js';
import { openUpgrade } from './server/upgrade.js';
import { createDispatchers } from './transport/dispatchers.js';
import { createHttpClient } from './transport/http.js';
import { createPublicFetch } from './transport/public-fetch.js';
import { createSocketClient } from './transport/websocket.js';

/** Puts the data plane together: the only place that knows every concrete part. */
export function openDataPlane(options: DataPlaneOptions): DataPlane {
  const { loaded, log, env, stateDir, accountProviders = ACCOUNT_PROVIDERS } = options;
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
  let proxyUrl = proxySetting(loaded);
  let { config } = loaded;
  const fromEnvironment = environmentProxy(env);
  const proxyOf = (origin: string): string | undefined => proxyUrl ?? fromEnvironment(origin);
  const dispatchers = createDispatchers(proxyOf);
  const http = createHttpClient(dispatchers);
  const upstreamSockets = createSocketClient({
    http,
    defaultProxy: proxyOf,
    now: Date.now,
    onFallback: (credentialId, reason) => {
      const credential = holder.current.credentials.find(({ id }) => id === credentialId)?.label;
      log.warn({ credential, reason }, 'the upstream WebSocket does not work; HTTP is used for now');
    },
  });
  const compile = openCompiler({
    parts: { catalog, state, clock: systemClock, random: Math.random },
    accounts: openAccountCompiler({
      providers: accountProviders,
      catalog,
      http,
      clock: systemClock,
      renew: options.renewAccount ?? (async () => undefined),
    }),
  });
  const holder = { current: compile(loaded, options.accounts ?? []) };
  for (const { code, message } of payloadWarnings(loaded)) log.warn({ code }, message);
  const counter = openTokenCounter(() => createRequire(import.meta.url).resolve('#token-worker'));
  const stats = { inFlight: 0, requests: 0, failures: 0 };
  const cacheTally = openCacheTally();
  const attempts = openAttemptTally(Date.now);
  let isAccepting = false;
  const credentialOf = (id: string): Credential => findCredential(holder.current.credentials, id);

  const events: EngineEvents = {
    onEnd(inbound, { lease, upstreamDialect, usage, failure }) {
      stats.requests++;
      if (failure !== undefined && failure.reason !== 'aborted') stats.failures++;
      const isCounted = lease !== undefined && failure?.reason !== 'aborted';
      if (isCounted) attempts.note(lease.credential.id, failure === undefined ? 'success' : 'failed');
      if (lease !== undefined && usage !== undefined) {
        cacheTally.note(lease.credential.id, lease.offer.model.id, usage);
      }
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
          cacheHitRatio: cacheHitRatio(usage),
          outputTokens: usage?.outputTokens,
        },
        'request',
      );
    },
    onFailedAttempt(inbound, lease, failure) {
      if (failure.reason !== 'aborted') attempts.note(lease.credential.id, 'failed');
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
    onDefect: (inbound, err) => log.error({ requestId: inbound.id, err }, 'request failed by an error of ours'),
  };

  const traces = openRequestTraces();
  const engine = createEngine({
    http: upstreamSockets,
    fetchPublic: createPublicFetch(),
    dialects: UPSTREAM_DIALECTS,
    clock: systemClock,
    newId,
    events,
    traces,
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
  // Where nothing is kept over restarts, they go with the process; a name that others know could be theirs already.
  const ownFolder = join(tmpdir(), newId('cliproxyctl-'));
  const images = openImageStore({
    folder: join(stateDir ?? ownFolder, 'images'),
    now: Date.now,
    randomName: () => randomBytes(24).toString('base64url'),
    limits: () => holder.current.imageLinks,
    onProblem: (err) => log.warn({ err }, 'a picture cannot be kept for a link'),
  });
  images.sweep();
  const sweeping = setInterval(images.sweep, IMAGE_SWEEP_MS).unref();
  const app = createApp({
    engine,
    holder,
    dialects: CLIENT_DIALECTS,
    counter,
    now: Date.now,
    isReady: () => isAccepting && holder.current.models.length > 0,
    sockets,
    images,
    onRefused,
  });
  const listen = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const managementDoor = openDoor(options, () => config);

  return {
    listener(request, response) {
      stats.inFlight++;
      response.once('close', () => {
        stats.inFlight--;
      });
      if (managementDoor?.(request, response) !== true) void listen(request, response);
    },
    upgrade: openUpgrade(app),
    apply(next, accounts) {
      const before = holder.current;
      holder.current = compile(next, accounts);
      liftRefusals(before, holder.current, state.health, Date.now());
      proxyUrl = proxySetting(next);
      config = next.config;
      upstreamSockets.keepOnly(usable(holder.current));
      return { configHash: next.hash, warnings: payloadWarnings(next) };
    },
    setReady(ready) {
      isAccepting = ready;
      if (!ready) sockets.end();
    },
    models: () => holder.current.models.map(summariseModel),
    credentials: () => [
      ...holder.current.credentials.map((each) => {
        const summary = summariseCredential(each, state.health, Date.now());
        const requests = attempts.of(each.id);
        return requests === undefined ? summary : { ...summary, requests };
      }),
      ...holder.current.unusable.map(summariseUnusable),
    ],
    credential(id) {
      const unusable = holder.current.unusable.find((each) => each.id === id);
      if (unusable !== undefined) return { ...summariseUnusable(unusable), offers: [] };
      const cache = cacheTally.of(id);
      const detail = describeCredential(credentialOf(id), state.health, Date.now());
      return cache.length === 0 ? detail : { ...detail, cache };
    },
    resetCredentials(id) {
      const credentials = id === undefined ? holder.current.credentials : [credentialOf(id)];
      state.reset(id);
      for (const { upstream } of credentials) upstream.reset?.();
      return credentials.map((each) => each.id);
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
    explainRoute: ({ model, session, clientKey }) =>
      explainRoute(holder.current, { model, sessionKey: session, clientKey }, Date.now()),
    explainRequest(id) {
      const trace = traces.find(id);
      return trace && explainTrace(trace);
    },
    quota: () => state.quota.records().map(({ credentialId, facts }) => ({ credential: credentialId, facts })),
    noteQuota: state.quota.note,
    stats: () => ({ ...stats }),
    async close() {
      clearInterval(sweeping);
      rmSync(ownFolder, { recursive: true, force: true });
      sockets.terminate();
      upstreamSockets.close();
      await Promise.all([counter.close(), dispatchers.close(), store?.close()]);
    },
  };
}

function openDoor({ controlSocket, env, log }: DataPlaneOptions, config: () => Config): ManagementDoor | undefined {
  if (controlSocket === undefined) return undefined;
  const hasPassword = (env['MANAGEMENT_PASSWORD'] ?? '').trim() !== '';
  return openManagementDoor({
    socketPath: controlSocket,
    isConfigured: () => hasPassword || config()['remote-management']['secret-key'] !== '',
    onProblem: (err) => log.warn({ err }, 'a management call did not reach the control plane'),
  });
}

const newId = (prefix: string): string => prefix + randomBytes(12).toString('hex');

const usable = ({ credentials }: Snapshot): ReadonlySet<string> =>
  new Set(credentials.filter(({ disabled }) => !disabled).map(({ id }) => id));

const TEST_TIMEOUT_MS = 30_000;
const IMAGE_SWEEP_MS = 60_000;

const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

const payloadWarnings = ({ config }: LoadedConfig): Problem[] =>
  unreadablePaths(config).map((path) => ({
    code: 'payload_path_unreadable',
    message: `the payload path "${path}" cannot be read, and does nothing`,
  }));

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
