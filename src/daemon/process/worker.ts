import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { type LoadedConfig, parseConfig, requireConfig } from '../../shared/config/load.js';
import type { Problem } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import { socketPathFor } from '../../shared/local-socket.js';
import { resolvePaths } from '../../shared/paths.js';
import { type Logger, levelFor } from '../observe/log.js';
import type { Redactor } from '../observe/redact.js';
import { secretsIn } from '../observe/secrets.js';
import type { StoredAccount } from '../runtime/accounts.js';
import type { PrimaryApi } from './asks.js';
import type { DataPlane, OpenDataPlane, StaleToken } from './data-plane.js';
import { type Drain, trackForDrain } from './drain.js';
import type { ConfigSource, WorkerApi } from './link.js';
import { createGatewayServer, type Listen, listenOn } from './listen.js';
import { serveWithoutUpgrade, wantsWebSocket } from './upgrade.js';
import { within } from './within.js';

/** The data plane gets this long to end what it keeps open upstream. */
const CLOSE_WITHIN_MS = 2_000;

export interface WorkerOptions {
  readonly openDataPlane: OpenDataPlane;
  readonly log: Logger;
  readonly redactor: Redactor;
  readonly env: NodeJS.ProcessEnv;
  /** The primary, wherever it runs. */
  readonly primary?: PrimaryApi;
  /** Where connections come from that the primary hands over. */
  readonly takeConnections?: (take: (socket: Socket) => void) => void;
}

interface Opened {
  readonly plane: DataPlane;
  readonly drain: Drain;
}

/** The data plane behind an HTTP server, as the primary sees it: the same in its own process and in the primary's. */
export function createWorker({
  openDataPlane,
  log,
  redactor,
  env,
  primary,
  takeConnections = refuse,
}: WorkerOptions): WorkerApi {
  let opened: Opened | undefined;
  const use = (): Opened => {
    if (opened === undefined) throw new AppError('worker_not_open', 'the worker was not opened yet');
    return opened;
  };
  let last: { readonly source: ConfigSource; readonly loaded: LoadedConfig } | undefined;
  /** Credentials change much more often than the config they come with: the same text is the same object. */
  const parse = (source: ConfigSource): LoadedConfig => {
    const { path, text, prompts = {} } = source;
    if (last?.source.text === text && isDeepStrictEqual(last.source.prompts ?? {}, prompts)) return last.loaded;
    const loaded = { ...requireConfig(parseConfig(text, { path })), prompts };
    redactor.learn(secretsIn(loaded.config));
    last = { source, loaded };
    return loaded;
  };
  const learn = (accounts: readonly StoredAccount[] | undefined): void => {
    if (accounts !== undefined) redactor.learn(accounts.flatMap(({ fields }) => secretsIn(fields)));
  };

  return {
    async open({ source, listen, accounts }) {
      const loaded = parse(source);
      learn(accounts);
      log.level = levelFor(loaded.config.debug);
      const plane = openDataPlane({
        loaded,
        log,
        env,
        stateDir: resolvePaths({ env }).stateDir,
        controlSocket: socketPathFor(resolvePaths({ env }).runDir),
        ...(accounts === undefined ? {} : { accounts }),
        ...(primary === undefined ? {} : { renewAccount: renewThrough(primary, log) }),
      });
      const { server, drain } = await serve(plane, listen, log);
      if (listen.handedOver === true) takeConnections((socket) => void server.emit('connection', socket));
      else await listenOn(server, listen);
      opened = { plane, drain };
      plane.setReady(true);
      return { configHash: loaded.hash, warnings: [] };
    },
    async apply({ source, accounts }) {
      const loaded = parse(source);
      learn(accounts);
      const { configHash, warnings } = use().plane.apply(loaded, accounts);
      log.level = levelFor(loaded.config.debug);
      return { configHash, warnings: [...warnings] satisfies Problem[] };
    },
    listModels: async () => ({ models: use().plane.models() }),
    listCredentials: async () => ({ credentials: use().plane.credentials() }),
    showCredential: async ({ id }) => use().plane.credential(id),
    resetCredentials: async ({ id }) => ({ reset: use().plane.resetCredentials(id) }),
    testCredential: (query) => use().plane.testCredential(query),
    explainRoute: async (query) => use().plane.explainRoute(query),
    explainRequest: async ({ id }) => ({ request: use().plane.explainRequest(id) }),
    listQuota: async () => ({ quota: [...use().plane.quota()] }),
    async noteQuota({ credential, facts }) {
      use().plane.noteQuota(credential, facts);
      return {};
    },
    async summary() {
      const { plane } = use();
      const credentials = plane.credentials();
      return {
        ...plane.stats(),
        models: plane.models().length,
        credentials: credentials.filter(({ state }) => state !== 'unusable').length,
        coolingCredentials: credentials.filter(({ state }) => state === 'cooling').length,
      };
    },
    async drain(limits) {
      if (opened === undefined) return {};
      const { plane, drain } = opened;
      plane.setReady(false);
      await drain.drain(limits);
      await within(CLOSE_WITHIN_MS, plane.close(), () => undefined);
      return {};
    },
  };
}

/** A request that waits for a token waits so long at most: then it goes on to another credential. */
const RENEW_WITHIN_MS = 20_000;

function renewThrough(primary: PrimaryApi, log: Logger): (stale: StaleToken) => Promise<void> {
  const asked = new Map<string, Promise<unknown>>();
  return async (stale) => {
    const key = `${stale.name} ${stale.tokenId}`;
    const work = asked.get(key) ?? primary.renewAccount(stale).finally(() => asked.delete(key));
    asked.set(key, work);
    try {
      await within(RENEW_WITHIN_MS, work, () => undefined);
    } catch (err) {
      log.warn({ err, credential: stale.name }, 'the token could not be renewed');
    }
  };
}

const refuse = (): never => {
  throw new AppError('no_handover', 'nobody hands connections over to this worker');
};

async function serve(plane: DataPlane, listen: Listen, log: Logger): Promise<{ server: Server; drain: Drain }> {
  const server = await createGatewayServer(listen, (err) => {
    if (err === undefined) log.info('the renewed TLS certificate is in use');
    else log.error({ err }, 'the changed TLS certificate cannot be used; the one before stays');
  });
  const drain = trackForDrain(server, { tls: listen.tls !== undefined });
  server.on('request', drain.watch(plane.listener));
  if (plane.upgrade !== undefined) {
    const { upgrade } = plane;
    server.on('upgrade', (request, socket, head) => {
      if (!wantsWebSocket(request)) return serveWithoutUpgrade(server, request, socket, head);
      drain.watchUpgrade(socket);
      upgrade(request, socket, head);
    });
  }
  return { server, drain };
}
