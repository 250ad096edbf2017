import type { Output } from '../ui/output.js';
import type { Prompts } from '../ui/prompts.js';
import {
  checkBaseUrl,
  checkName,
  completeProvider,
  type ProviderAnswer,
  parseModel,
  type SetupAnswers,
} from './answers.js';
import { DEFAULT_PORT } from './new-config.js';
import { PROVIDER_KINDS, type ProviderKind } from './providers.js';

export interface WizardOptions {
  readonly prompts: Prompts;
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hasProviders: boolean;
  /** Asked only when the config says none. */
  readonly isPortAsked: boolean;
  readonly port: number | undefined;
}

interface AccountChoice {
  /** What `login` calls it. */
  readonly login: string;
  readonly title: string;
  readonly description: string;
}

/** Logged in to after all is written: the gateway has to run for it. */
const ACCOUNT_CHOICES: readonly AccountChoice[] = [
  { login: 'claude', title: 'Claude subscription', description: 'log in with a Pro, Max or Team plan' },
  { login: 'codex', title: 'ChatGPT subscription', description: 'log in with the plan that Codex uses' },
  { login: 'copilot', title: 'GitHub Copilot', description: 'log in with GitHub' },
];

/** Asks a person for providers until they have no more, then for the port. */
export async function askSetup(options: WizardOptions): Promise<SetupAnswers> {
  const { prompts, hasProviders, isPortAsked } = options;
  const providers: ProviderAnswer[] = [];
  const logins: string[] = [];
  for (;;) {
    const isFirst = providers.length + logins.length === 0;
    const kind = await prompts.select<ProviderKind | AccountChoice | undefined>({
      message: isFirst ? 'Which provider do you want to add?' : 'Another one?',
      flag: '--provider <section>',
      choices: [
        ...(!isFirst ? [{ value: undefined, name: 'No, that is all' }] : []),
        ...PROVIDER_KINDS.map((kind) => ({ value: kind, name: kind.title, description: kind.description })),
        ...ACCOUNT_CHOICES.filter(({ login }) => !logins.includes(login)).map((account) => ({
          value: account,
          name: account.title,
          description: account.description,
        })),
        ...(isFirst ? [{ value: undefined, name: hasProviders ? 'None, keep those I have' : 'None for now' }] : []),
      ],
    });
    if (kind === undefined) break;
    if ('login' in kind) logins.push(kind.login);
    else providers.push(await askProvider(kind, options, {}));
  }
  if (options.port !== undefined || !isPortAsked) return { providers, logins, port: options.port };
  const port = await prompts.input({
    message: 'Port of the gateway?',
    flag: '--port <n>',
    default: String(DEFAULT_PORT),
    validate: (text) =>
      (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) || 'a number from 1 to 65535',
  });
  return { providers, logins, port: Number(port) };
}

/** Asks what a provider needs and `given` does not say. */
export async function askProvider(
  kind: ProviderKind,
  { prompts, env, output }: WizardOptions,
  given: Partial<Omit<ProviderAnswer, 'section'>>,
): Promise<ProviderAnswer> {
  const named = (): Promise<string> =>
    prompts.input({ message: 'A short name for it?', flag: '--name <name>', validate: checkName });
  const located = (): Promise<string> =>
    prompts.input({
      message: 'Its address?',
      flag: '--base-url <url>',
      ...(kind.defaultBaseUrl === undefined ? {} : { default: kind.defaultBaseUrl }),
      validate: checkBaseUrl,
    });
  const name = kind.isNamed ? (given.name ?? (await named())) : undefined;
  const baseUrl = given.baseUrl ?? (await located());
  const apiKey = given.apiKey ?? (await askKey(kind, prompts, env));
  const models = given.models ?? [];
  const answer = { section: kind.section, apiKey, baseUrl, name };
  const asked = kind.isNamed && models.length === 0 ? await askModels(prompts) : models;
  output.note('');
  return completeProvider({ ...answer, models: asked });
}

async function askKey(
  kind: ProviderKind,
  prompts: Prompts,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const flag = '--api-key-env <name>, --api-key-file <file> or --api-key-stdin';
  const found = kind.keyVariable === undefined ? undefined : env[kind.keyVariable]?.trim();
  if (found !== undefined && found !== '') {
    const isUsed = await prompts.confirm({ message: `Use the key in ${kind.keyVariable}?`, flag, default: true });
    if (isUsed) return found;
  }
  const typed = await prompts.password({
    message: kind.isKeyOptional ? 'Its API key? (Enter if it needs none)' : 'Its API key?',
    flag,
    validate: (text) => {
      if (/\s/.test(text.trim())) return 'a key has no spaces';
      return text.trim() !== '' || kind.isKeyOptional || 'paste the key, then press Enter';
    },
  });
  return typed.trim() === '' ? undefined : typed.trim();
}

async function askModels(prompts: Prompts): Promise<ProviderAnswer['models']> {
  const text = await prompts.input({
    message: 'Its models? (separated by commas; name=alias gives one another name)',
    flag: '--model <name>',
    validate: (answer) => splitModels(answer).length > 0 || 'at least one model',
  });
  return splitModels(text).map(parseModel);
}

const splitModels = (text: string): readonly string[] =>
  text.split(/[\s,]+/).filter((part) => part !== '' && !part.startsWith('='));
