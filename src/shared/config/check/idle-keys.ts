import type { RawConfig } from '../raw.js';
import type { Report } from '../report.js';
import { readFlag } from '../schema/fields.js';
import { GPT_IMAGE_BASE } from '../schema/protocol.js';
import { firstWhere } from './ignored-keys.js';

type Asks = (value: unknown) => boolean;

/** Something that is on, named or listed. */
const isSet: Asks = (value) => {
  if (value === undefined || value === null || value === '' || value === 0 || readFlag(value) === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
};
const isOff: Asks = (value) => readFlag(value) === false;

/** Keys that this version reads and keeps without acting on them: said only where their value asks for something. */
const IDLE: readonly { readonly reason: string; readonly asks: Asks; readonly keys: readonly string[] }[] = [
  {
    reason: 'keys of the config are not shown over the management API by this version',
    asks: isSet,
    keys: ['remote-management.mask-keys'],
  },
  { reason: 'bodies are never written to files by this version', asks: isSet, keys: ['request-log'] },
  { reason: 'usage records are not kept by this version', asks: isSet, keys: ['usage-statistics-enabled'] },
  { reason: 'the address of the connection is used', asks: isSet, keys: ['trusted-proxies'] },
  { reason: '/v1/ws is not served', asks: isOff, keys: ['ws-auth'] },
  { reason: '/v1internal is not served', asks: isSet, keys: ['enable-gemini-cli-endpoint'] },
  {
    reason: 'Antigravity is not served by this version',
    asks: isSet,
    keys: ['quota-exceeded.antigravity-credits', 'antigravity-signature-bypass-strict'],
  },
  {
    reason: 'Antigravity is not served by this version',
    asks: isOff,
    keys: ['antigravity-signature-cache-enabled'],
  },
  {
    reason: 'the hosted image tool is not added',
    asks: (value) => isSet(value) && value !== GPT_IMAGE_BASE,
    keys: ['gpt-image-2-base-model'],
  },
  { reason: 'items are passed on as they are', asks: isSet, keys: ['codex.optimize-multi-agent-v2'] },
  { reason: 'alpha search is not served', asks: isSet, keys: ['codex-api-key[].alpha-search'] },
  {
    reason: 'models are those listed here',
    asks: isSet,
    keys: ['openai-compatibility[].models-endpoint', 'openai-compatibility[].discover-models'],
  },
  {
    reason:
      'Kiro accounts are credential files: `cliproxyctl login kiro` makes one, also of the Kiro IDE’s own (--method import)',
    asks: isSet,
    keys: ['kiro', 'kiro-preferred-endpoint'],
  },
  {
    reason: 'a key of Kilo is kept as a login: `cliproxyctl login kilo --method token`',
    asks: isSet,
    keys: ['kilo'],
  },
  {
    reason: 'this provider is not served by this version; where it speaks a known API, use openai-compatibility',
    asks: isSet,
    keys: [
      'interactions-api-key',
      'xai-api-key',
      'xai.inject-x-search',
      'cursor',
      'minimax',
      'roo',
      'deepseek',
      'groq',
      'mistral',
      'siliconflow',
      'openrouter',
      'together',
      'fireworks',
      'novita',
    ],
  },
];

export function checkIdleKeys(raw: RawConfig, report: Report): void {
  for (const { reason, asks, keys } of IDLE) {
    for (const key of keys) {
      const path = firstWhere(raw, key.split('.'), asks);
      if (path !== undefined) report.warn(path, 'key_without_effect', `accepted without effect: ${reason}`, 'key');
    }
  }
}
