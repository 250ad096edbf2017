import type { RawConfig } from '../raw.js';
import type { Report } from '../report.js';
import { readFlag } from '../schema/fields.js';
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
    reason: 'purchased credits are spent only by an Antigravity login whose own file allows it: `"paid_credits": true`',
    asks: isSet,
    keys: ['quota-exceeded.antigravity-credits'],
  },
  {
    reason: 'thinking signatures are always judged by who issued them',
    asks: isSet,
    keys: ['antigravity-signature-bypass-strict'],
  },
  {
    reason: 'thinking signatures are always judged by who issued them',
    asks: isOff,
    keys: ['antigravity-signature-cache-enabled'],
  },
  { reason: 'items are passed on as they are', asks: isSet, keys: ['codex.optimize-multi-agent-v2'] },
  { reason: 'alpha search is not served', asks: isSet, keys: ['codex-api-key[].alpha-search'] },
  {
    reason: 'models are those listed here',
    asks: isSet,
    keys: ['openai-compatibility[].models-endpoint', 'openai-compatibility[].discover-models'],
  },
  { reason: 'limits of Kilo keys are those of Kilo', asks: isSet, keys: ['kilo[].rate-limit'] },
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
