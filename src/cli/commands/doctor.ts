import { Command } from 'commander';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import { readConfigState } from '../config-state.js';
import type { CliContext } from '../context.js';
import { type CheckReport, type CheckState, worst } from '../doctor/check.js';
import { CHECKS } from '../doctor/checks.js';
import type { DoctorContext } from '../doctor/context.js';
import { readCredentialFiles } from '../doctor/credential-files.js';
import { fix } from '../doctor/fix.js';
import { renderReport, renderVerdict } from '../doctor/render.js';
import { runChecks } from '../doctor/run.js';
import { probeUpstreams } from '../doctor/upstreams.js';
import { countProviders } from '../provider-counts.js';

interface DoctorOptions {
  readonly config?: string;
  readonly fix?: boolean;
  readonly test?: boolean;
}

export const doctorCommand = (context: CliContext): Command =>
  new Command('doctor')
    .option('--config <file>', 'the config file')
    .option('--test', 'ask each credential for one word, which its vendor may count')
    .option('--fix', 'create a missing config and credential folder, and make what holds secrets private')
    .action(async (options: DoctorOptions) => {
      const { output } = context;
      const { path } = await context.findConfig(options.config);
      const fixed = options.fix === true ? await fix(context, path) : [];
      for (const done of fixed) output.note(`${output.talkColor.green('fixed:')} ${done}`);
      const doctor = await examine(context, path, options.test === true);
      const spinner = await output.spinner('looking');
      const reports: CheckReport[] = [];
      try {
        for await (const report of runChecks(CHECKS, doctor)) {
          reports.push(report);
          spinner.update(`looking: ${report.title}`);
        }
      } finally {
        spinner.stop();
      }
      const state = worst(reports.map((report) => report.state));
      const facts: Record<string, unknown> = {
        ...details(doctor, reports, state),
        ...(options.fix === true ? { fix: true, fixed } : {}),
      };
      const lines = reports.map((report) => renderReport(report, output.color)).join('\n');
      const isBroken = state === 'problem';
      output.result(
        facts,
        () => (isBroken ? lines : `${lines}\n\n${renderVerdict(state, path, output.color)}`),
        !isBroken,
      );
      if (isBroken) output.note(output.talkColor.red(`\ndoctor failed: ${String(facts['error'])}`));
      context.exit(state === 'problem' ? EXIT.failed : state === 'warning' ? EXIT.degraded : EXIT.ok);
    });

/** Longer than the daemon waits for an upstream. */
const TEST_PATIENCE = { timeoutMs: 40_000 };

async function examine(context: CliContext, path: string, isTesting: boolean): Promise<DoctorContext> {
  const state = await readConfigState(path, context.env);
  const { config } = state;
  const patience = { timeoutMs: 3_000 };
  const { management } = context;
  const credentialFiles = once(() => readCredentialFiles(state.authDir));
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    paths: context.paths,
    state,
    config,
    providerCounts: () => ({ ...countProviders(config), kilo: config?.kilo.length ?? 0 }),
    status: once(() => orError(management.getStatus({}, patience))),
    credentials: once(() => orError(management.listCredentials({}, patience).then((answer) => answer.credentials))),
    loginProviders: once(() => orError(management.listLoginProviders({}, patience).then((answer) => answer.providers))),
    credentialFiles,
    now: () => context.clock.now(),
    isTesting,
    testCredential: (id) => orError(management.testCredential({ id }, TEST_PATIENCE)),
    quotas: once(() => orError(management.getQuota({}, TEST_PATIENCE).then((answer) => answer.accounts))),
    probes: once(async () => {
      if (config === undefined) return [];
      const types = (await credentialFiles()).flatMap(({ type, isOff }) => (type === undefined || isOff ? [] : [type]));
      return probeUpstreams({ config, types, env: context.env, now: () => context.clock.now() });
    }),
  };
}

/** A daemon that does not answer is something to find, not a failure to look. */
const orError = <T>(asked: Promise<T>): Promise<T | AppError> =>
  asked.catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}

function details(
  { state, config }: DoctorContext,
  reports: readonly CheckReport[],
  worstState: CheckState,
): Record<string, unknown> {
  const bad = reports.find((report) => report.state === 'problem');
  return {
    config_path: state.path,
    config_exists: state.exists,
    ...(config === undefined
      ? {}
      : {
          auth_dir: config['auth-dir'],
          auth_dir_set: state.isAuthDirSet,
          provider_counts: countProviders(config),
        }),
    // What broke the config is the one error; a second one would only follow from it.
    ...(bad === undefined
      ? { status: worstState === 'ok' ? 'ok' : 'degraded' }
      : { error: state.error?.message ?? `${bad.title}: ${bad.message}` }),
    checks: reports,
  };
}
