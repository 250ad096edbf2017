import type { Section } from '../setup/providers.js';
import keyServices from './key-services.json' with { type: 'json' };

/** An account that is logged in to with the vendor, through the daemon. */
export interface AccountKind {
  readonly kind: 'account';
  /** What people type. */
  readonly name: string;
  /** What the daemon calls it. */
  readonly channel: string;
}

/** A service whose key is asked for and written into the config. */
export interface KeyKind {
  readonly kind: 'key';
  readonly name: string;
  readonly section: Section;
  /** Known to speak OpenAI Chat at this address. */
  readonly baseUrl?: string;
  /** The name its key usually has in an environment. */
  readonly keyVariable?: string;
}

export type LoginKind = AccountKind | KeyKind;

const { services } = keyServices;

const account = (name: string, channel = name): AccountKind => ({ kind: 'account', name, channel });

/** A service that speaks OpenAI Chat, at the address that `key-services.json` has for it. */
const compatible = (name: string): KeyKind => {
  const service = services.find((each) => each.name === name);
  if (service === undefined) throw new Error(`no address is known for ${name}`);
  const { baseUrl, keyVariable } = service;
  return { kind: 'key', name, section: 'openai-compatibility', baseUrl, keyVariable };
};

/** In the order of `details.supported`. `--base-url` puts another address in the place of a known one. */
export const LOGIN_KINDS: readonly LoginKind[] = [
  account('antigravity'),
  account('claude'),
  { kind: 'key', name: 'claude-api-key', section: 'claude-api-key' },
  account('codex'),
  { kind: 'key', name: 'codex-api-key', section: 'codex-api-key' },
  account('copilot', 'github-copilot'),
  compatible('deepseek'),
  { kind: 'key', name: 'factory-api', section: 'openai-compatibility' },
  compatible('fireworks'),
  { kind: 'key', name: 'gemini', section: 'gemini-api-key' },
  account('gemini-oauth', 'gemini'),
  compatible('groq'),
  account('kilo'),
  account('kiro'),
  compatible('mistral'),
  compatible('novita'),
  compatible('openrouter'),
  compatible('siliconflow'),
  compatible('together'),
  account('vertex'),
];

/** Other names for them; `droid` and `openai-compatible` as other gateways have it. */
const ALIASES: Readonly<Record<string, string>> = {
  'anti-gravity': 'antigravity',
  anthropic: 'claude',
  openai: 'codex',
  chatgpt: 'codex',
  'github-copilot': 'copilot',
  githubcopilot: 'copilot',
  github: 'copilot',
  'kilo-code': 'kilo',
  kilocode: 'kilo',
  amazonq: 'kiro',
  'amazon-q': 'kiro',
  droid: 'gemini',
  'droid-cli': 'gemini',
  droidcli: 'gemini',
  'gemini-api-key': 'gemini',
  factoryapi: 'factory-api',
  'openai-compatible': 'factory-api',
  'openai-compatibility': 'factory-api',
};

export interface ProviderChoice {
  /** As it was typed. */
  readonly input: string;
  /** Trimmed, in lower case, and under its own name. */
  readonly name: string;
  readonly isAliased: boolean;
  readonly kind: LoginKind | undefined;
}

/** What somebody means who types `input` as a provider. */
export function chooseProvider(input: string): ProviderChoice {
  const typed = input.trim().toLowerCase();
  const name = ALIASES[typed] ?? typed;
  return { input, name, isAliased: name !== typed, kind: LOGIN_KINDS.find((kind) => kind.name === name) };
}

export const SUPPORTED: readonly string[] = LOGIN_KINDS.map(({ name }) => name);

/** The command that logs in to a channel, for hints. */
export function loginCommandFor(channel: string): string {
  const own = LOGIN_KINDS.find((kind) => kind.kind === 'account' && kind.channel === channel);
  return `cliproxyctl login ${own?.name ?? chooseProvider(channel).name}`;
}
