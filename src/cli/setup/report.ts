import type { Config } from '../../shared/config/schema.js';
import type { CliContext } from '../context.js';
import { countProviders, providerLine } from '../provider-counts.js';

/** What `setup` did. */
export interface SetupOutcome {
  readonly words: readonly string[];
  /** A person has seen the words already. */
  readonly isShown: boolean;
  readonly isChanged: boolean;
  readonly isReloaded: boolean;
  /** The key it made, shown this once. */
  readonly clientKey: string | undefined;
  readonly providers: readonly string[];
}

export interface SetupReport {
  readonly path: string;
  readonly exists: boolean;
  readonly config: Config | undefined;
  /** It goes on with logins by itself. */
  readonly hasLogins?: boolean;
  /** Absent when it only looked. */
  readonly outcome?: SetupOutcome;
}

/** The summary on stdout, what was done and what comes next on stderr. */
export function reportSetup(
  { output }: CliContext,
  { path, exists, config, outcome, hasLogins = false }: SetupReport,
): void {
  const counts = countProviders(config);
  const summary = ['cliproxyctl setup summary', `  config: ${path}`, `  providers configured: ${providerLine(counts)}`];
  const next = nextSteps(counts, outcome);
  if (outcome !== undefined) {
    output.note(outcome.isChanged ? `${output.talkColor.green('wrote')} ${path}` : 'nothing to change');
    for (const word of outcome.isShown ? [] : outcome.words) output.note(`  ${word}`);
    if (outcome.isReloaded) output.note('the running gateway uses it already');
    output.note('');
  }
  output.result(
    {
      config_path: path,
      config_exists: exists,
      provider_counts: counts,
      stdout: `${summary.join('\n')}\n`,
      ...(outcome === undefined
        ? {}
        : {
            changed: outcome.isChanged,
            changes: outcome.words,
            reloaded: outcome.isReloaded,
            providers: outcome.providers,
            ...(outcome.clientKey === undefined ? {} : { client_key: outcome.clientKey }),
          }),
      next: next.map(([command]) => command),
    },
    () =>
      [
        ...summary,
        ...(outcome?.clientKey === undefined ? [] : [`  client key: ${output.color.bold(outcome.clientKey)}`]),
      ].join('\n'),
  );
  if (hasLogins) return output.note('');
  output.note('\nNext:');
  const width = Math.max(...next.map(([command]) => command.length));
  for (const [command, what] of next) output.note(`  ${output.talkColor.cyan(command.padEnd(width))}  ${what}`);
}

function nextSteps(counts: object, outcome: SetupOutcome | undefined): readonly (readonly [string, string])[] {
  const doctor = ['cliproxyctl doctor', 'check keys, network and permissions'] as const;
  if (Object.values(counts).every((amount) => amount === 0)) return [['cliproxyctl setup', 'add a provider'], doctor];
  const models = ['cliproxyctl models', 'list what it serves'] as const;
  return outcome?.isReloaded === true ? [models, doctor] : [doctor, ['cliproxyctl start', 'start the gateway'], models];
}
