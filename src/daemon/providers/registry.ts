import type { AccountProvider } from './account.js';
import { antigravityAccount } from './antigravity/account.js';
import { claudeAccount } from './claude/account.js';
import { claude } from './claude/provider.js';
import { codexAccount } from './codex/account.js';
import { codex } from './codex/provider.js';
import { copilotAccount } from './copilot/account.js';
import { geminiAccount } from './gemini/account.js';
import { gemini } from './gemini/provider.js';
import { kiloAccount } from './kilo/account.js';
import { kiroAccount } from './kiro/account.js';
import { openaiCompatible } from './openai-compatible/provider.js';
import type { EntryProviderId, Provider } from './provider.js';
import { vertexAccount } from './vertex/account.js';
import { vertex } from './vertex/provider.js';

/** Providers whose keys stand in the config; a new one is a folder and a line here. */
export const PROVIDERS: Readonly<Record<EntryProviderId, Provider>> = {
  claude,
  gemini,
  codex,
  'openai-compatibility': openaiCompatible,
  vertex,
};

/** Providers whose credentials are files that a login makes; a new one is a folder and a line here. */
export const ACCOUNT_PROVIDERS: readonly AccountProvider[] = [
  claudeAccount,
  codexAccount,
  copilotAccount,
  kiloAccount,
  vertexAccount,
  kiroAccount,
  geminiAccount,
  antigravityAccount,
];
