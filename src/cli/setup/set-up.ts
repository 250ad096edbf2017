import { newClientKey } from '../../shared/client-keys.js';
import { type ConfigEdit, editConfig } from '../../shared/config/edit.js';
import { parseConfig, requireConfig } from '../../shared/config/load.js';
import type { Config } from '../../shared/config/schema.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { ConfigState } from '../config-state.js';
import { reloadIfRunning, saveConfig } from '../config-write.js';
import type { CliContext } from '../context.js';
import { chooseProvider } from '../login/providers.js';
import { countProviders } from '../provider-counts.js';
import { readSecret } from '../secret-input.js';
import { usageError } from '../ui/failure.js';
import { completeProvider, parseModel, type SetupAnswers } from './answers.js';
import { addProvider } from './apply.js';
import { newConfigText } from './new-config.js';
import { kindOf, type Section } from './providers.js';
import { reportSetup, type SetupOutcome, type SetupReport } from './report.js';
import { askProvider, askSetup } from './wizard.js';

export interface SetupFlags {
  readonly config?: string;
  readonly provider?: Section;
  readonly apiKeyEnv?: string;
  readonly apiKeyFile?: string;
  readonly apiKeyStdin?: boolean;
  readonly baseUrl?: string;
  readonly name?: string;
  readonly model?: readonly string[];
  readonly port?: number;
  readonly yes?: boolean;
}

/** Asks or reads what is to be written, writes it, and says what comes next. */
export async function setUp(context: CliContext, state: ConfigState, flags: SetupFlags): Promise<void> {
  if (state.error !== undefined && state.exists) throw state.error;
  const answers = await gather(context, state, flags);
  if (answers === undefined)
    return reportSetup(context, { path: state.path, exists: state.exists, config: state.config });

  const { path, ...report } = await writeAnswers(context, state, answers, flags);
  reportSetup(context, { path, ...report, hasLogins: answers.logins.length > 0 });
  for (const name of answers.logins) await logIn(context, path, name);
}

/** As `cliproxyctl login` does it, with the config that was just written. */
async function logIn(context: CliContext, config: string, name: string): Promise<void> {
  const { kind } = chooseProvider(name);
  if (kind?.kind !== 'account') throw new Error(`no account: ${name}`);
  const { logInToAccount, PLAIN_LOGIN, renderDone } = await import('../login/account.js');
  const done = await logInToAccount(context, { ...PLAIN_LOGIN, channel: kind.channel, config });
  context.output.note(renderDone(context, kind.channel, done));
}

/** Writes what was answered, asking first where somebody can be asked, and has a running daemon read it. */
export async function writeAnswers(
  context: CliContext,
  state: ConfigState,
  answers: SetupAnswers,
  flags: Pick<SetupFlags, 'yes'>,
): Promise<SetupReport & { readonly outcome: SetupOutcome; readonly config: Config }> {
  const isNew = !state.exists;
  const clientKey = isNew || state.config?.['api-keys'].length === 0 ? newClientKey(context.randomBytes) : undefined;
  let text = isNew ? newConfigText(clientKey ?? '', answers.port) : state.text;
  const words: string[] = [];
  const load = (): Config => requireConfig(parseConfig(text, { path: state.path })).config;
  const edit = (edits: readonly ConfigEdit[], what: string): void => {
    text = editConfig(text, edits);
    words.push(what);
  };
  if (isNew) words.push('a new config for this machine only, with one random client key');
  if (!isNew && clientKey !== undefined) {
    edit([{ type: 'append', path: ['api-keys'], value: clientKey }], 'api-keys: one client key added');
  }
  if (!isNew && answers.port !== undefined && answers.port !== state.config?.port) {
    edit([{ type: 'set', path: ['port'], value: answers.port }], `port: ${answers.port}`);
  }
  for (const provider of answers.providers) {
    const change = addProvider(load(), provider);
    edit(change.edits, change.words);
  }
  const config = load();
  const isChanged = text !== state.text;
  let isShown = false;
  if (isChanged) {
    isShown = await confirmWrite(context, state, flags, words);
    await saveConfig(state.path, text, state.hash);
  }
  const isReloaded = isChanged && (await reloadIfRunning(context.management, state.path));
  const providers = answers.providers.map(({ section }) => section);
  return {
    path: state.path,
    exists: true,
    config,
    outcome: { words, isShown, isChanged, isReloaded, clientKey, providers },
  };
}

/** The answers of flags or a person; undefined when nothing was asked for and nobody can be asked. */
async function gather(context: CliContext, state: ConfigState, flags: SetupFlags): Promise<SetupAnswers | undefined> {
  const { prompts, output, env } = context;
  const { provider, port } = flags;
  const wizard = { prompts, output, env, port, hasProviders: hasProviders(state.config), isPortAsked: !state.exists };
  if (provider !== undefined) {
    const given = {
      apiKey: await readSecret({ env: flags.apiKeyEnv, file: flags.apiKeyFile, stdin: flags.apiKeyStdin }, context),
      baseUrl: flags.baseUrl,
      name: flags.name,
      models: (flags.model ?? []).map(parseModel),
    };
    const isAsking = prompts.isInteractive && flags.yes !== true;
    const answer = isAsking
      ? await askProvider(kindOf(provider), wizard, {
          ...given,
          baseUrl: given.baseUrl ?? kindOf(provider).defaultBaseUrl,
        })
      : { section: provider, ...given };
    const isKnown = state.config?.['openai-compatibility'].some(({ name }) => name === answer.name) ?? false;
    return { providers: [completeProvider(answer, isKnown)], logins: [], port };
  }
  const stray = STRAY.find((name) => flags[name] !== undefined);
  if (stray !== undefined) {
    throw usageError(
      `--${stray.replaceAll(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)} belongs to a provider`,
      'name it with --provider',
    );
  }
  if (flags.yes === true || (port !== undefined && !prompts.isInteractive)) return { providers: [], logins: [], port };
  if (prompts.isInteractive) {
    output.note(`This ${state.exists ? 'extends' : 'writes'} ${state.path}. Ctrl-C leaves everything as it is.\n`);
    return askSetup(wizard);
  }
  if (state.exists || output.isJson) return undefined;
  throw new AppError('needs_answer', `there is no config at ${state.path}, and no terminal to ask on`, {
    hint: 'answer with --provider and a key option, or write a config without a provider with --yes',
    exitCode: EXIT.usage,
  });
}

const STRAY = ['apiKeyEnv', 'apiKeyFile', 'apiKeyStdin', 'baseUrl', 'name', 'model'] as const;

const hasProviders = (config: Config | undefined): boolean =>
  (config?.kilo.length ?? 0) > 0 || Object.values(countProviders(config)).some((amount) => amount > 0);

/** Shows what would be written and asks; false when nobody is there to be asked. */
async function confirmWrite(
  { prompts, output }: CliContext,
  state: ConfigState,
  flags: Pick<SetupFlags, 'yes'>,
  words: readonly string[],
): Promise<boolean> {
  if (!prompts.isInteractive || flags.yes === true) return false;
  output.note(`\n${state.exists ? 'To change in' : 'To write to'} ${state.path}`);
  for (const word of words) output.note(`  ${word}`);
  const isAgreed = await prompts.confirm({ message: 'Write it?', flag: '--yes', default: true });
  if (!isAgreed) throw new AppError('cancelled', 'cancelled, nothing was changed');
  return true;
}
