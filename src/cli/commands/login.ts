import { resolve } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { type AccountLogin, logInToAccount, renderDone, tryLine } from '../login/account.js';
import { type AccountKind, chooseProvider, type KeyKind, type ProviderChoice, SUPPORTED } from '../login/providers.js';
import { wholeNumber } from '../option-values.js';
import { readSecret } from '../secret-input.js';

interface LoginFlags {
  readonly provider?: string;
  readonly config?: string;
  readonly method?: string;
  readonly browser: boolean;
  readonly callbackPort?: number;
  readonly oauthCallbackPort?: number;
  readonly timeout?: number;
  readonly yes?: boolean;
  readonly tokenEnv?: string;
  readonly tokenFile?: string;
  readonly tokenStdin?: boolean;
  readonly answer?: Readonly<Record<string, string>>;
  readonly own?: boolean;
  readonly enterprise?: string;
  readonly workspace?: string;
  readonly startUrl?: string;
  readonly region?: string;
  readonly clientFile?: string;
  readonly basicScopes?: boolean;
  readonly otherAccount?: boolean;
  readonly name?: string;
  readonly baseUrl?: string;
  readonly model?: readonly string[];
  readonly projectId?: string;
}

const METHODS = ['browser', 'device', 'token', 'import'] as const;

export const loginCommand = (context: CliContext): Command =>
  new Command('login')
    // The choices are for help and completion; other names that are known lead to them too.
    .addArgument(new Argument('[provider]', 'what to log in to').choices(SUPPORTED).argParser(String))
    .option('--provider <name>', 'the same, as an option')
    .option('--config <file>', 'the config file')
    .addOption(new Option('--method <way>', 'how; default: every way that needs only you').choices(METHODS))
    .option('--no-browser', 'print the address only')
    .option('--callback-port <n>', 'port the browser comes back to; 0: the usual one', wholeNumber('port', 0, 65_535))
    .addOption(new Option('--oauth-callback-port <n>', 'the same').argParser(wholeNumber('port', 0, 65_535)).hideHelp())
    .option('--timeout <seconds>', 'give up after this long', wholeNumber('timeout', 1, 86_400))
    .option('--token-env <name>', 'take the token or key from this environment variable')
    .option('--token-file <file>', 'take it from this file')
    .option('--token-stdin', 'take it from standard input')
    .option('--answer <id=value>', 'answer another question beforehand; may be repeated', pair)
    .option('--own', 'with --method import: this gateway renews the login from now on, the other tool no longer')
    .option('--enterprise <host>', 'GitHub Enterprise host (copilot)')
    .option('--workspace <id>', 'the workspace to log in to (codex)')
    .option('--other-account', 'have the vendor ask who you are, though the browser is logged in there (codex)')
    .option('--start-url <url>', 'start page of your organisation; without it an AWS Builder ID (kiro)')
    .option('--region <name>', 'AWS region of that page; default us-east-1 (kiro)')
    .option('--client-file <file>', 'JSON file of your own Google OAuth client (gemini-oauth, antigravity)')
    .option('--basic-scopes', 'ask Google only for what it grants to every client (antigravity)')
    .option('--name <name>', 'what to call the service; its host if not given (keys)')
    .option('--base-url <url>', 'the address of the service (keys)')
    .option('--model <name>', 'a model it serves, name or name=alias; may be repeated (keys)', collect)
    .option('--project-id <id>', 'Google Cloud project that is billed (gemini-oauth)')
    .option('-y, --yes', 'do not ask whether to go on')
    .addHelpText(
      'after',
      '\nTokens are never arguments: others on this machine could read them. With --json each event is a line, the envelope the last one.\n\n  cliproxyctl login claude\n  cliproxyctl login codex --method device\n  cliproxyctl login copilot --method token --token-env COPILOT_GITHUB_TOKEN\n  cliproxyctl login groq --token-file groq.key --model llama-3.3-70b-versatile',
    )
    .action(async (argument: string | undefined, flags: LoginFlags) => {
      const choice = await choose(context, argument ?? flags.provider);
      const { kind } = choice;
      if (kind === undefined) throw unsupported(choice);
      try {
        await (kind.kind === 'account'
          ? accountLogin(context, choice, kind, flags)
          : keyLogin(context, choice, kind, flags));
      } catch (error) {
        throw explain(error, choice);
      }
    });

/** Logs in to an account and reports it; `setup` ends with the same. */
async function accountLogin(
  context: CliContext,
  choice: ProviderChoice,
  { channel }: AccountKind,
  flags: LoginFlags,
): Promise<void> {
  const secret = await secretOf(context, flags);
  const options = { own: flags.own === true ? 'true' : undefined, ...pick(flags) };
  const login: AccountLogin = {
    channel,
    config: flags.config,
    // A token on its own says how it is to be done.
    method: flags.method ?? (secret === undefined ? undefined : 'token'),
    callbackPort: flags.callbackPort ?? flags.oauthCallbackPort,
    options: Object.fromEntries(Object.entries(options).flatMap(([key, value]) => (value ? [[key, value]] : []))),
    isBrowserWanted: flags.browser,
    isAgreed: flags.yes === true,
    timeoutMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
    secret,
    answers: flags.answer ?? {},
  };
  const done = await logInToAccount(context, login);
  const { result, title, status, models, clientKey } = done;
  context.output.result(
    {
      ...detailsOf(choice, flags),
      config_path: status.configPath,
      config_exists: true,
      credential: result.credential,
      name: result.name,
      label: result.label,
      replaced: result.replaced,
      ...(result.warning === undefined ? {} : { warning: result.warning }),
      ...(models === undefined ? {} : { models: models.length }),
      ...(clientKey === undefined ? {} : { client_key: clientKey }),
      try: tryLine(channel, done),
      stdout: `${title} authentication successful!\n`,
    },
    () => renderDone(context, channel, done),
  );
  if (result.warning !== undefined) context.output.warn(result.warning);
}

const pick = ({
  enterprise,
  workspace,
  startUrl,
  region,
  clientFile,
  basicScopes,
  otherAccount,
  projectId,
}: LoginFlags): Record<string, string | undefined> => ({
  enterprise,
  workspace,
  'start-url': startUrl,
  region,
  // The gateway reads it, from wherever it runs.
  client: clientFile === undefined ? undefined : resolve(clientFile),
  scopes: basicScopes === true ? 'basic' : undefined,
  prompt: otherAccount === true ? 'login' : undefined,
  project: projectId,
});

async function keyLogin(context: CliContext, choice: ProviderChoice, kind: KeyKind, flags: LoginFlags): Promise<void> {
  const { logInWithKey } = await import('../login/key.js');
  const { path } = await context.findConfig(flags.config);
  const { outcome } = await logInWithKey(context, kind, {
    path,
    secret: await secretOf(context, flags),
    name: flags.name,
    baseUrl: flags.baseUrl,
    models: flags.model ?? [],
    isAgreed: flags.yes === true,
  });
  const { output } = context;
  const { clientKey, words, isChanged, isReloaded } = outcome;
  output.result(
    {
      ...detailsOf(choice, flags),
      config_path: path,
      config_exists: true,
      changed: isChanged,
      changes: words,
      reloaded: isReloaded,
      ...(clientKey === undefined ? {} : { client_key: clientKey }),
      stdout: `${choice.name} authentication successful!\n`,
    },
    () =>
      [
        `${output.color.green(isChanged ? 'saved' : 'nothing to change')} in ${path}`,
        ...words.map((word) => `  ${word}`),
        ...(clientKey === undefined ? [] : [`  client key: ${output.color.bold(clientKey)}`]),
      ].join('\n'),
  );
  output.note(
    isReloaded ? 'the running gateway uses it already' : 'next: `cliproxyctl start`, then `cliproxyctl models`',
  );
}

const secretOf = (context: CliContext, { tokenEnv, tokenFile, tokenStdin }: LoginFlags): Promise<string | undefined> =>
  readSecret({ env: tokenEnv, file: tokenFile, stdin: tokenStdin }, context);

const detailsOf = (choice: ProviderChoice, flags: LoginFlags) => ({
  provider: choice.name,
  provider_input: choice.input,
  provider_alias: choice.name,
  provider_supported: true,
  provider_aliased: choice.isAliased,
  project_id: flags.projectId ?? '',
});

/** The provider that was named, or picked from a list. */
async function choose(context: CliContext, input: string | undefined): Promise<ProviderChoice> {
  if (input !== undefined && input.trim() !== '') return chooseProvider(input);
  if (!context.prompts.isInteractive) {
    throw new AppError('usage', 'missing provider', {
      hint: `name one: cliproxyctl login <${SUPPORTED.slice(0, 3).join('|')}|...>`,
      exitCode: EXIT.usage,
      details: { provider_input: '', supported_count: SUPPORTED.length, supported: SUPPORTED },
    });
  }
  return chooseProvider(
    await context.prompts.select({
      message: 'Log in to what?',
      flag: '--provider <name>',
      choices: [
        { value: 'claude', name: 'Claude', description: 'a Pro, Max or Team plan' },
        { value: 'codex', name: 'ChatGPT (Codex)', description: 'a Plus, Pro, Business or Enterprise plan' },
        { value: 'copilot', name: 'GitHub Copilot', description: 'any Copilot plan' },
        { value: 'gemini', name: 'Gemini', description: 'an API key of Google AI Studio' },
        { value: 'openai-compatible', name: 'Another service', description: 'a key of an OpenAI-compatible service' },
      ],
    }),
  );
}

const unsupported = ({ input, name }: ProviderChoice): AppError =>
  new AppError('usage', `unsupported provider "${name}" (supported: ${SUPPORTED.join(', ')})`, {
    exitCode: EXIT.usage,
    details: {
      error: `unsupported provider "${name}"`,
      provider_input: input,
      provider_alias: name,
      provider_supported: false,
      supported: SUPPORTED,
    },
  });

const RATE_LIMITED = /\b429\b|rate.?limit/i;

/** The failure in the words scripts know, with what was asked for. Wrong usage and a cancelled login speak for themselves. */
function explain(error: unknown, choice: ProviderChoice): unknown {
  if (!(error instanceof AppError)) return error;
  const details = { provider: choice.name, provider_input: choice.input, ...error.details };
  const isPlain = error.exitCode === EXIT.usage || error.code === 'cancelled';
  const hint =
    error.hint ?? (RATE_LIMITED.test(error.message) ? 'the vendor limits logins; wait a few minutes' : undefined);
  return new AppError(
    error.code,
    isPlain ? error.message : `login failed for provider "${choice.name}": ${error.message}`,
    { exitCode: error.exitCode, cause: error, details, ...(hint === undefined ? {} : { hint }) },
  );
}

function pair(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('it looks like id=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
