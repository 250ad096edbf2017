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

/** Asks a person for providers until they have no more, then for the port. */
export async function askSetup(options: WizardOptions): Promise<SetupAnswers> {
  const { prompts, hasProviders, isPortAsked } = options;
  const providers: ProviderAnswer[] = [];
  for (;;) {
    const kind = await prompts.select<ProviderKind | undefined>({
      message: providers.length === 0 ? 'Which provider do you want to add?' : 'Another one?',
      flag: '--provider <section>',
      choices: [
        ...(providers.length > 0 ? [{ value: undefined, name: 'No, that is all' }] : []),
        ...PROVIDER_KINDS.map((kind) => ({ value: kind, name: kind.title, description: kind.description })),
        ...(providers.length === 0
          ? [{ value: undefined, name: hasProviders ? 'None, keep those I have' : 'None for now' }]
          : []),
      ],
    });
    if (kind === undefined) break;
    providers.push(await askProvider(kind, options, {}));
  }
  if (options.port !== undefined || !isPortAsked) return { providers, port: options.port };
  const port = await prompts.input({
    message: 'Port of the gateway?',
    flag: '--port <n>',
    default: String(DEFAULT_PORT),
    validate: (text) =>
      (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) || 'a number from 1 to 65535',
  });
  return { providers, port: Number(port) };
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
