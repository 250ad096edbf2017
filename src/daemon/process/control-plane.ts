import { editConfig, writeConfigFile } from '../../shared/config/edit.js';
import { parseConfig, readConfigFile, requireConfig } from '../../shared/config/load.js';
import type { CredentialSummary } from '../../shared/contract/credentials.js';
import { CONTRACT_VERSION, type Status } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import type { ControlPlane, LoginControl, LogQuery } from '../control/control-plane.js';
import { joinCounts } from '../observe/attempt-tally.js';
import { joinShares } from '../observe/cache-tally.js';
import type { Logger } from '../observe/log.js';
import { type LogPage, readLogPage } from '../observe/log-reader.js';
import type { RotatingLog } from '../observe/rotating-log.js';
import { accountIdOf } from '../runtime/accounts.js';
import type { UnreadableCredential } from '../storage/ports.js';
import type { Accounts } from './accounts.js';
import { openCredentialFiles } from './auth-files.js';
import type { ConfigHolder } from './config-holder.js';
import { openCredentialControl } from './credential-control.js';
import { openModelDefinitions } from './model-definitions.js';
import { drainMsOf } from './settings.js';
import type { Workers } from './workers.js';

/** What does not change, or hardly, while the daemon runs. */
type DaemonFacts = Pick<Status, 'version' | 'instanceId' | 'pid' | 'startedAt' | 'listen' | 'configPath' | 'logFile'>;

export interface ControlPlaneParts {
  readonly facts: () => DaemonFacts;
  readonly phase: () => 'starting' | 'running' | 'draining';
  readonly holder: ConfigHolder;
  readonly workers: Workers;
  readonly logFile: RotatingLog;
  readonly accounts: Accounts;
  readonly logins: LoginControl;
  /** Where credential files are. */
  readonly authDir: string;
  readonly log: Logger;
  /** Begins the end of the daemon. */
  readonly shutdown: (drainMs: number) => void;
}

/** The daemon as its control handlers see it. */
export function openControlPlane(parts: ControlPlaneParts): ControlPlane {
  const { facts, phase, holder, workers, logFile, accounts, logins, authDir, log, shutdown } = parts;
  const summaries = async (): Promise<CredentialSummary[]> => {
    const [first, ...others] = workers.all();
    const { credentials } = await (first ?? workers.any()).listCredentials({});
    // Each worker has counted its own requests.
    const more = await Promise.all(
      others.map((worker) => worker.listCredentials({}).catch(() => ({ credentials: [] }))),
    );
    const counts = more.flatMap((each) => each.credentials);
    return [
      ...credentials.map((each) => withRefresh(withCounts(each, counts), accounts)),
      ...accounts.unreadable().map(summariseUnreadable),
    ];
  };
  const config = () => holder.current().config;
  return {
    config,
    async status() {
      const report = await workers.report();
      const fromLog = logFile.problem();
      const problems = [
        ...holder.problems(),
        ...report.problems,
        ...accounts.problems(),
        ...(fromLog === undefined ? [] : [fromLog]),
      ];
      const now = phase();
      return {
        ...facts(),
        contract: CONTRACT_VERSION,
        state: now !== 'running' ? now : problems.length > 0 ? 'degraded' : 'ready',
        ready: now === 'running' && workers.isReady(),
        configHash: holder.current().hash,
        workers: [...report.workers],
        restarts: report.restarts,
        counts: { ...report.counts, clientKeys: config()['api-keys'].length },
        problems,
        warnings: [...holder.warnings()],
        restartNeeded: [...holder.restartNeeded()],
      };
    },
    reload: () => holder.reload(),
    restartWorkers: async () => [...(await workers.restart(drainMsOf(config())))],
    async shutdown(drainTimeoutMs = drainMsOf(config())) {
      const { counts } = await workers.report();
      shutdown(drainTimeoutMs);
      return counts.inFlight;
    },
    models: async () => (await workers.any().listModels({})).models,
    credentials: summaries,
    async credential(id) {
      const [first, ...others] = workers.all();
      const detail = await (first ?? workers.any()).showCredential({ id });
      // Each worker has counted its own requests.
      const more = await Promise.all(others.map((worker) => worker.showCredential({ id }).catch(() => undefined)));
      const cache = joinShares([detail, ...more].map((each) => each?.cache ?? []));
      return withRefresh(cache.length === 0 ? detail : { ...detail, cache }, accounts);
    },
    keeping: openCredentialControl({
      accounts,
      holder,
      workers,
      configPath: facts().configPath,
      now: Date.now,
      log,
      summaries,
    }),
    files: openCredentialFiles(accounts, authDir),
    definitions: openModelDefinitions(),
    logins,
    async resetCredentials(id) {
      // Each worker has learnt by itself, and must forget by itself.
      const answers = await Promise.all(workers.all().map((worker) => worker.resetCredentials({ id })));
      return [...new Set(answers.flatMap(({ reset }) => reset))];
    },
    testCredential: (query) => workers.any().testCredential(query),
    explainRoute: (query) => workers.any().explainRoute(query),
    async explainRequest(id) {
      // Only the worker that served it knows.
      const answers = await Promise.all(workers.all().map((worker) => worker.explainRequest({ id })));
      const found = answers.find(({ request }) => request !== undefined)?.request;
      if (found !== undefined) return found;
      throw new AppError('request_unknown', `there is no request "${id}" among the last ones`, {
        hint: 'the id stands in the X-Request-Id header of the answer, and in `cliproxyctl logs`',
      });
    },
    editApiKeys: (change) =>
      holder.edit(async () => {
        const { configPath } = facts();
        const text = await readConfigFile(configPath);
        // From the file, which may be newer than the config in force; a broken one is for its owner to correct first.
        const onDisk = requireConfig(parseConfig(text, { path: configPath })).config;
        const value = change(onDisk['api-keys']);
        await writeConfigFile(configPath, editConfig(text, [{ type: 'set', path: ['api-keys'], value }]));
      }),
    readLogs: (query, signal) => readLogsWaiting(logFile, query, signal),
  };
}

function withCounts(summary: CredentialSummary, others: readonly CredentialSummary[]): CredentialSummary {
  const same = [summary, ...others.filter(({ id }) => id === summary.id)];
  const counts = same.flatMap(({ requests }) => requests ?? []);
  return counts.length === 0 ? summary : { ...summary, requests: joinCounts(counts) };
}

/** Only the primary knows how tokens are kept fresh. */
function withRefresh<T extends CredentialSummary>(summary: T, accounts: Accounts): T {
  const refresh = summary.name === undefined ? undefined : accounts.refreshView(summary.name);
  return refresh === undefined ? summary : { ...summary, refresh };
}

const summariseUnreadable = ({ name, reason }: UnreadableCredential): CredentialSummary => ({
  id: accountIdOf('', name),
  provider: 'unknown',
  label: name,
  source: 'file',
  name,
  disabled: false,
  priority: 0,
  weight: 0,
  models: 0,
  state: 'unusable',
  reason,
});

/** One timer and one listener per waiting reader; nothing per line. */
async function readLogsWaiting(
  logFile: RotatingLog,
  { limit, cursor, waitMs }: LogQuery,
  signal: AbortSignal,
): Promise<LogPage> {
  let stopWaiting: (() => void) | undefined;
  // Listening begins before reading, so that a line written in between is not slept through.
  const written = new Promise<void>((resolve) => {
    stopWaiting = logFile.onceWritten(resolve);
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const page = await readLogPage(logFile.path, limit, cursor);
    if (page.lines.length > 0 || page.reset || waitMs === 0) return page;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([written, waited]);
    return await readLogPage(logFile.path, limit, page.cursor);
  } finally {
    clearTimeout(timer);
    stopWaiting?.();
  }
}
