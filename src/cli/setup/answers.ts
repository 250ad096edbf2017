import { usageError } from '../ui/failure.js';
import { kindOf, type Section } from './providers.js';

export interface ModelAnswer {
  /** The upstream's name. */
  readonly name: string;
  /** What clients call it; absent means the same. */
  readonly alias?: string | undefined;
}

/** One provider to write into the config. */
export interface ProviderAnswer {
  readonly section: Section;
  readonly apiKey: string | undefined;
  /** Absent means the vendor's own. */
  readonly baseUrl: string | undefined;
  readonly name: string | undefined;
  readonly models: readonly ModelAnswer[];
}

/** Everything `setup` was told. */
export interface SetupAnswers {
  readonly providers: readonly ProviderAnswer[];
  /** Accounts to log in to once the config is written, by the names `login` takes. */
  readonly logins: readonly string[];
  readonly port: number | undefined;
}

/** `gpt-4o` or, with an alias, `gpt-4o=fast`. */
export function parseModel(text: string): ModelAnswer {
  const [name = '', alias = ''] = text.split('=', 2).map((part) => part.trim());
  if (name === '') throw usageError(`"${text}" names no model`, 'write it as name or name=alias');
  return alias === '' ? { name } : { name, alias };
}

/** Why an address cannot be a base-url; true when it can. Plain http only leads to this machine or the local network. */
export function checkBaseUrl(text: string): true | string {
  if (!URL.canParse(text)) return 'this is no address; it looks like https://host/v1';
  const { protocol, username } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'the address must begin with https:// or http://';
  return username === '' || 'the address must not hold a user or password';
}

export const checkName = (text: string): true | string =>
  /^[a-z0-9][a-z0-9._-]*$/i.test(text) || 'letters, digits, dot, dash and underscore only';

/**
 * Fills in what may stay unsaid, and throws `usage`, naming the flag, where something is missing. A named provider that
 * the config has already (`isKnown`) is only extended, so that its address and models may stay unsaid too.
 */
export function completeProvider(answer: ProviderAnswer, isKnown = false): ProviderAnswer {
  const kind = kindOf(answer.section);
  if (answer.apiKey === undefined && !kind.isKeyOptional) {
    throw usageError(`${kind.title} needs an API key`, 'give it with --api-key-env, --api-key-file or --api-key-stdin');
  }
  const baseUrl = answer.baseUrl ?? (kind.isBaseUrlOptional ? undefined : kind.defaultBaseUrl);
  if (baseUrl === undefined && !kind.isBaseUrlOptional && !isKnown)
    throw usageError(`${kind.title} needs an address`, 'give it with --base-url');
  const isGood = baseUrl === undefined ? true : checkBaseUrl(baseUrl);
  if (isGood !== true) throw usageError(`--base-url: ${isGood}`);
  if (!kind.isNamed) {
    const isOwn = baseUrl === kind.defaultBaseUrl && kind.isBaseUrlOptional;
    return { ...answer, baseUrl: isOwn ? undefined : baseUrl };
  }
  if (answer.name === undefined) throw usageError(`${kind.title} needs a name`, 'give it with --name');
  const isNameGood = checkName(answer.name);
  if (isNameGood !== true) throw usageError(`--name: ${isNameGood}`);
  if (answer.models.length === 0 && !isKnown)
    throw usageError(`${kind.title} needs its models`, 'give each with --model');
  return { ...answer, baseUrl };
}
