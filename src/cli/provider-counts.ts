import type { Config } from '../shared/config/schema.js';

/** Config entries per kind of provider, under the names that `doctor` and `setup` have always used. */
export interface ProviderCounts {
  readonly codex: number;
  readonly claude: number;
  readonly gemini: number;
  readonly kiro: number;
  readonly openai_compatible: number;
}

export function countProviders(config: Config | undefined): ProviderCounts {
  return {
    codex: config?.['codex-api-key'].length ?? 0,
    claude: config?.['claude-api-key'].length ?? 0,
    gemini: config?.['gemini-api-key'].length ?? 0,
    kiro: config?.kiro.length ?? 0,
    openai_compatible: config?.['openai-compatibility'].length ?? 0,
  };
}

/** The summary's line: `codex=0, claude=1, gemini=0, kiro=0, openai-compat=2`. */
export const providerLine = (counts: ProviderCounts): string =>
  `codex=${counts.codex}, claude=${counts.claude}, gemini=${counts.gemini}, kiro=${counts.kiro}, openai-compat=${counts.openai_compatible}`;
