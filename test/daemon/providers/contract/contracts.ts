import type { AccountContract, KeyContract } from '../../../support/provider-contract-types.js';
import { antigravity } from './vendors/antigravity.js';
import { claude } from './vendors/claude.js';
import { codex } from './vendors/codex.js';
import { copilot } from './vendors/copilot.js';
import { gemini } from './vendors/gemini.js';
import { claudeKey, codexKey, geminiKey, openaiCompatible } from './vendors/keys.js';
import { kilo } from './vendors/kilo.js';
import { kiro } from './vendors/kiro.js';
import { vertex, vertexKey } from './vendors/vertex.js';

/** What each provider with credential files promises, by its channel; one that is registered and not here fails the suite. */
export const ACCOUNT_CONTRACTS: Readonly<Record<string, AccountContract>> = {
  claude,
  codex,
  'github-copilot': copilot,
  kilo,
  vertex,
  kiro,
  gemini,
  antigravity,
};

/** The same for providers whose keys stand in the config, by their id. */
export const KEY_CONTRACTS: Readonly<Record<string, KeyContract>> = {
  claude: claudeKey,
  gemini: geminiKey,
  codex: codexKey,
  'openai-compatibility': openaiCompatible,
  vertex: vertexKey,
};
