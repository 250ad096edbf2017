import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.js';
import { parseConfig, readConfigFile, requireConfig } from '../../shared/config/load.js';
import { promptPaths, readPrompts } from '../../shared/config/prompts.js';
import type { Config } from '../../shared/config/schema.js';
import type { Status } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import { removeInstance, writeInstance } from '../../shared/instance.js';
import { socketPathFor } from '../../shared/local-socket.js';
import { acquireLock } from '../../shared/lock.js';
import { authDirFor, resolvePaths } from '../../shared/paths.js';
import { VERSION } from '../../shared/version.js';
import { createControlApp } from '../control/app.js';
import { type DaemonLog, openDaemonLog } from '../observe/daemon-log.js';
import type { LogSink } from '../observe/log.js';
import { createRedactor } from '../observe/redact.js';
import type { RotatingLogOptions } from '../observe/rotating-log.js';
import type { StoredAccount } from '../runtime/accounts.js';
import type { AccountParts, OpenAccountParts } from './account-parts.js';
import { type Accounts, openAccounts } from './accounts.js';
import type { PrimaryApi } from './asks.js';
import { type ConfigHolder, openConfigHolder } from './config-holder.js';
import { type ConfigWatch, watchConfig } from './config-watch.js';
import { openControlPlane } from './control-plane.js';
import { openControlServer } from './control-server.js';
import { openCredentialStore } from './credential-store.js';
import type { OpenDataPlane } from './data-plane.js';
import { forkedWorkers, localWorker, type StartWorker } from './fork.js';
import { openHandover } from './handover.js';
import type { ConfigSource } from './link.js';
import { settlePort, urlOf } from './listen.js';
import { localFiles, openLogins } from './logins.js';
import { openManagement } from './management.js';
import { openManagementKeyHiding } from './management-key.js';
import type { ForkedWorker } from './prefork.js';
import { drainMsOf, listenOf, workerCountOf } from './settings.js';
import { createWorker } from './worker.js';
import { createWorkers } from './workers.js';

export interface PrimaryOptions {
  readonly configPath: string;
  readonly runDir: string;
  readonly logFile: string;
  readonly loadDataPlane: () => Promise<OpenDataPlane>;
  /** Absent: there are no logins, and credential files are left alone. */
  readonly loadAccountParts?: () => Promise<OpenAccountParts>;
  readonly env: NodeJS.ProcessEnv;
  /** Already forked, to be used first; ended when it is not wanted. */
  readonly firstWorker?: ForkedWorker | undefined;
  /** Takes a copy of every log line while the config does not say `logging-to-file`; the foreground's stdout. */
  readonly echo?: LogSink;
  /** Opens the log's stream; tests give one that fails. */
  readonly openLogStream?: RotatingLogOptions['open'];
}

/** A running daemon, seen from its own process. */
export interface Primary {
  status(): Promise<Status>;
  /** Reads the config again; problems are logged and shown in the status, never thrown. */
  reload(cause: string): Promise<void>;
  /** Drains and ends everything, the lock last; the first call decides, and every caller waits for it. */
  shutdown(drainMs?: number): Promise<void>;
  /** Ends the workers at once, running requests with them. */
  kill(): void;
  /** Logs the error the process is about to die of, past all queues. */
  lastWords(error: unknown): void;
  /** Resolves when `shutdown`, whoever asked for it, is done. */
  readonly ended: Promise<void>;
}

/**
 * Starts the daemon in this process: lock, config, log, control socket, workers. Resolves once a worker listens. Throws
 * `AppError`, and leaves nothing behind, when any of these fails.
 */
export async function startPrimary(options: PrimaryOptions): Promise<Primary> {
  /** What was opened so far; undone in reverse, so that the lock goes last. */
  const opened: (() => unknown)[] = [];
  const undo = async (): Promise<void> => {
    for (const step of opened.splice(0).reverse()) await step();
  };
  try {
    return await open(options, opened, undo);
  } catch (error) {
    await undo();
    throw error;
  }
}

async function open(options: PrimaryOptions, opened: (() => unknown)[], undo: () => Promise<void>): Promise<Primary> {
  const { runDir, configPath, logFile, env } = options;
  const instanceId = randomBytes(8).toString('hex');
  const startedAt = Date.now();
  const lock = await acquireLock({ runDir, instanceId });
  opened.push(() => lock.release());

  let unwritten: unknown;
  const hideKey = openManagementKeyHiding(configPath, (error) => {
    unwritten = error;
  });
  const text = await hideKey(await readConfigFile(configPath));
  const loaded = requireConfig(parseConfig(text, { path: configPath }));
  const prompts = await readPrompts(loaded.config, configPath);
  const source: ConfigSource = { path: configPath, text, prompts: prompts.texts };
  const listen = await settlePort(listenOf(loaded.config));
  const url = urlOf(listen);
  const daemonLog = openDaemonLog({ path: logFile, loaded, echo: options.echo, openStream: options.openLogStream });
  const { log } = daemonLog;
  opened.push(() => daemonLog.file.close());
  if (unwritten !== undefined) log.warn({ err: unwritten }, 'the hash of the management key cannot be written');

  const store = await openCredentialStore({
    config: loaded.config,
    configPath,
    env,
    current: () => holder.current().config,
  });
  const accounts = openAccounts({
    store,
    config: () => holder.current().config,
    clock: systemClock,
    log,
    loadParts: () => loadAccountParts(options, () => holder.current().config),
    publish: (next) => workers.applyAccounts(next),
    learn: daemonLog.learn,
    modelsPath: join(resolvePaths({ env }).stateDir, 'account-models.json'),
    local: localFiles(env),
  });
  opened.push(() => accounts.close());
  const primaryApi: PrimaryApi = {
    async renewAccount(stale) {
      await accounts.renew(stale);
      return {};
    },
  };

  const count = workerCountOf(loaded.config, availableParallelism());
  const startWorker = await chooseWorkers(options, daemonLog, count, primaryApi);
  const handover = count > 1 ? await openHandover(listen) : undefined;
  const workers = createWorkers({ startWorker, log, now: Date.now, random: Math.random, handover });
  opened.push(() => workers.killAll());
  const holder = openConfigHolder({
    source,
    loaded,
    promptWarnings: prompts.warnings,
    apply: (next, hash) => workers.apply(next, hash),
    onApplied(next) {
      daemonLog.follow(next);
      // Accounts may stand in the config too.
      accounts.reload().catch((err: unknown) => log.error({ err }, 'credential files cannot be read'));
    },
    prepare: hideKey,
  });
  const life = openLife(async (drainMs = drainMsOf(holder.current().config)) => {
    log.info({ drainMs }, 'stopping');
    await workers.drain(drainMs);
    log.info('stopped');
    await undo();
  });

  const logins = openLogins({
    accounts,
    config: () => holder.current().config,
    clock: systemClock,
    env,
    onInternalError: (err) => log.error({ err }, 'login failed by an error of ours'),
  });
  opened.push(() => logins.close());
  const socketPath = socketPathFor(runDir);
  const self = { version: VERSION, instanceId, pid: process.pid, startedAt };
  const plane = openControlPlane({
    facts: () => ({
      ...self,
      listen: { host: listen.host, port: listen.port, url, tls: listen.tls !== undefined },
      configPath,
      logFile,
    }),
    phase: life.phase,
    holder,
    workers,
    logFile: daemonLog.file,
    accounts,
    logins,
    authDir: authDirFor(loaded.config['auth-dir'], { env }),
    log,
    shutdown: (drainMs) => void life.end(drainMs),
  });
  const onInternalError = (err: unknown, route: string): void => log.error({ err, route }, 'control call failed');
  const management = openManagement({ plane, env, onInternalError });
  const control = await openControlServer(createControlApp({ plane, management, onInternalError }), socketPath);
  opened.push(() => control.close());

  const files = await readAccounts(accounts, log);
  const workerListen = handover === undefined ? listen : { ...listen, handedOver: true };
  holder.noteStart(await workers.start({ source, listen: workerListen, count: Math.max(1, count), accounts: files }));
  opened.push(() => removeInstance(runDir, instanceId));
  await writeInstance(runDir, { ...self, socketPath, url });
  const watch = watchForReload(configPath, holder, daemonLog);
  opened.push(() => watch.close());
  life.begin();
  accounts.begin();
  for (const { code, message } of holder.warnings()) log.warn({ code }, message);
  log.info({ version: VERSION, url, configPath, startMs: Date.now() - startedAt }, 'gateway ready');

  return {
    status: () => plane.status(),
    reload: (cause) => reloadAndLog(cause, holder, daemonLog),
    shutdown: life.end,
    kill: () => workers.killAll(),
    lastWords: (error) => daemonLog.lastWords(error),
    ended: life.ended,
  };
}

interface Life {
  phase(): 'starting' | 'running' | 'draining';
  begin(): void;
  /** Runs the ending once; every caller waits for the same. */
  end(drainMs?: number): Promise<void>;
  readonly ended: Promise<void>;
}

function openLife(finish: (drainMs?: number) => Promise<void>): Life {
  let phase: ReturnType<Life['phase']> = 'starting';
  let ending: Promise<void> | undefined;
  let tell: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return {
    phase: () => phase,
    begin() {
      if (phase === 'starting') phase = 'running';
    },
    end(drainMs) {
      phase = 'draining';
      ending ??= finish(drainMs).then(tell);
      return ending;
    },
    ended,
  };
}

async function loadAccountParts(options: PrimaryOptions, config: () => Config): Promise<AccountParts> {
  const openParts = await options.loadAccountParts?.();
  return openParts?.({ config, env: options.env }) ?? NO_PARTS;
}

const NO_PARTS: AccountParts = {
  providers: [],
  http: { send: () => Promise.reject(new AppError('no_vendors', 'this daemon knows no vendors')) },
  close: async () => undefined,
};

/** A folder that cannot be read is no reason not to serve what stands in the config. */
async function readAccounts(accounts: Accounts, log: DaemonLog['log']): Promise<readonly StoredAccount[]> {
  try {
    return await accounts.open();
  } catch (err) {
    log.error({ err }, 'credential files cannot be read');
    return [];
  }
}

/** Waiting keeps no process alive. */
const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }),
};

async function chooseWorkers(
  options: PrimaryOptions,
  daemonLog: DaemonLog,
  count: number,
  primary: PrimaryApi,
): Promise<StartWorker> {
  const { firstWorker } = options;
  if (count > 0) return forkedWorkers({ logs: daemonLog.sink, firstWorker, primary });
  firstWorker?.worker.process.kill('SIGKILL');
  return inThisProcess(options, daemonLog, primary);
}

/** `workers: 0`: the data plane in this process, with a redactor of its own as a worker process has. */
async function inThisProcess(
  { loadDataPlane, env }: PrimaryOptions,
  { log }: DaemonLog,
  primary: PrimaryApi,
): Promise<StartWorker> {
  const openDataPlane = await loadDataPlane();
  return () => localWorker(createWorker({ openDataPlane, log, redactor: createRedactor(), env, primary }));
}

/** Watches the config and the prompt files that it names at the time. */
function watchForReload(path: string, holder: ConfigHolder, daemonLog: DaemonLog): ConfigWatch {
  const watchOne = (file: string): ConfigWatch =>
    watchConfig(file, onChange, (err) =>
      daemonLog.log.warn({ err, file }, 'config cannot be watched, looking at it now and then'),
    );
  const prompts = new Map<string, ConfigWatch>();
  let isClosed = false;
  const followPrompts = (): void => {
    const wanted = isClosed ? [] : promptPaths(holder.current().config, path);
    for (const file of wanted) if (!prompts.has(file)) prompts.set(file, watchOne(file));
    for (const [file, watch] of prompts) {
      if (wanted.includes(file)) continue;
      watch.close();
      prompts.delete(file);
    }
  };
  const onChange = (): void => void reloadAndLog('the file changed', holder, daemonLog).then(followPrompts);
  const config = watchOne(path);
  followPrompts();
  return {
    close() {
      isClosed = true;
      config.close();
      followPrompts();
    },
  };
}

async function reloadAndLog(cause: string, holder: ConfigHolder, { log }: DaemonLog): Promise<void> {
  try {
    const { changed, configHash, warnings, restartNeeded } = await holder.reload();
    if (!changed) return;
    log.info({ cause, configHash, restartNeeded }, 'config reloaded');
    for (const { code, message } of warnings) log.warn({ code }, message);
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'internal_error';
    log.error(
      {
        cause,
        code,
        err: error instanceof AppError ? undefined : error,
        problem: error instanceof Error ? error.message : String(error),
      },
      'config not reloaded, the old one stays',
    );
  }
}
