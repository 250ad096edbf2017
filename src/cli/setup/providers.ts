import { VENDOR_URLS } from '../../shared/vendor-urls.js';

/** The config sections that `setup` can fill. */
export const SECTIONS = ['claude-api-key', 'gemini-api-key', 'codex-api-key', 'openai-compatibility'] as const;
export type Section = (typeof SECTIONS)[number];

export interface ProviderKind {
  readonly section: Section;
  readonly title: string;
  readonly description: string;
  /** The name its key usually has in an environment. */
  readonly keyVariable: string | undefined;
  /** Used, and shown as default, when no address is given. */
  readonly defaultBaseUrl: string | undefined;
  /** An empty `base-url` means the vendor's own; then the address is not written. */
  readonly isBaseUrlOptional: boolean;
  readonly isKeyOptional: boolean;
  /** It needs a name and its models listed: nobody else knows them. */
  readonly isNamed: boolean;
}

export const PROVIDER_KINDS: readonly ProviderKind[] = [
  {
    section: 'claude-api-key',
    title: 'Claude',
    description: 'an API key of Anthropic, or of a service that speaks its Messages API',
    keyVariable: 'ANTHROPIC_API_KEY',
    defaultBaseUrl: VENDOR_URLS.anthropic,
    isBaseUrlOptional: true,
    isKeyOptional: false,
    isNamed: false,
  },
  {
    section: 'gemini-api-key',
    title: 'Gemini',
    description: 'an API key of Google AI Studio',
    keyVariable: 'GEMINI_API_KEY',
    defaultBaseUrl: VENDOR_URLS.gemini,
    isBaseUrlOptional: true,
    isKeyOptional: false,
    isNamed: false,
  },
  {
    section: 'codex-api-key',
    title: 'OpenAI',
    description: 'an API key of OpenAI, or of a service that speaks its Responses API',
    keyVariable: 'OPENAI_API_KEY',
    defaultBaseUrl: VENDOR_URLS.openai,
    isBaseUrlOptional: false,
    isKeyOptional: false,
    isNamed: false,
  },
  {
    section: 'openai-compatibility',
    title: 'OpenAI-compatible',
    description: 'any service with a chat completions API: OpenRouter, Groq, Ollama, vLLM and others',
    keyVariable: undefined,
    defaultBaseUrl: undefined,
    isBaseUrlOptional: false,
    isKeyOptional: true,
    isNamed: true,
  },
];

export const kindOf = (section: Section): ProviderKind => {
  const kind = PROVIDER_KINDS.find((one) => one.section === section);
  if (kind === undefined) throw new Error(`no such section: ${section}`);
  return kind;
};
