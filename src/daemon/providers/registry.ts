import { claude } from './claude/provider.js';
import { codex } from './codex/provider.js';
import { gemini } from './gemini/provider.js';
import { openaiCompatible } from './openai-compatible/provider.js';
import type { Provider, ProviderId } from './provider.js';

/** Every provider the gateway knows; a new one is a folder and a line here. */
export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = {
  claude,
  gemini,
  codex,
  'openai-compatibility': openaiCompatible,
};
