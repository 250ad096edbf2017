import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type LoadedConfig, parseConfig, requireConfig } from '../../shared/config/load.js';
import type { Problem } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import { resolvePaths } from '../../shared/paths.js';
import { type Logger, levelFor } from '../observe/log.js';
import type { Redactor } from '../observe/redact.js';
import { secretsIn } from '../observe/secrets.js';
import type { DataPlane, OpenDataPlane } from './data-plane.js';
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
  takeConnections = refuse,
}: WorkerOptions): WorkerApi {
  let opened: Opened | undefined;
  const use = (): Opened => {
    if (opened === undefined) throw new AppError('worker_not_open', 'the worker was not opened yet');
    return opened;
  };
  const parse = (source: ConfigSource): LoadedConfig => {
    const loaded = requireConfig(parseConfig(source.text, { path: source.path }));
    redactor.learn(secretsIn(loaded.config));
    return loaded;
  };

  return {
    async open({ source, listen }) {
      const loaded = parse(source);
      log.level = levelFor(loaded.config.debug);
      const plane = openDataPlane({ loaded, log, env, stateDir: resolvePaths({ env }).stateDir });
      const { server, drain } = await serve(plane, listen);
      if (listen.handedOver === true) takeConnections((socket) => void server.emit('connection', socket));
      else await listenOn(server, listen);
      opened = { plane, drain };
      plane.setReady(true);
      return { configHash: loaded.hash, warnings: [] };
    },
    async apply({ source }) {
      const loaded = parse(source);
      const { configHash, warnings } = use().plane.apply(loaded);
      log.level = levelFor(loaded.config.debug);
      return { configHash, warnings: [...warnings] satisfies Problem[] };
    },
    listModels: async () => ({ models: use().plane.models() }),
    listCredentials: async () => ({ credentials: use().plane.credentials() }),
    showCredential: async ({ id }) => use().plane.credential(id),
    resetCredentials: async ({ id }) => ({ reset: use().plane.resetCredentials(id) }),
    testCredential: (query) => use().plane.testCredential(query),
    explainRoute: async (query) => use().plane.explainRoute(query),
    async summary() {
      const { plane } = use();
      const credentials = plane.credentials();
      return {
        ...plane.stats(),
        models: plane.models().length,
        credentials: credentials.length,
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

const refuse = (): never => {
  throw new AppError('no_handover', 'nobody hands connections over to this worker');
};

async function serve(plane: DataPlane, listen: Listen): Promise<{ server: Server; drain: Drain }> {
  const server = await createGatewayServer(listen);
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
