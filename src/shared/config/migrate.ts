import { isRecord } from './plain.js';
import type { ConfigSource } from './source.js';

/** Older spellings, in today's form. The file itself is not changed; problems keep pointing to where it was written. */
export function migrate(source: ConfigSource): Record<string, unknown> {
  const raw = { ...source.value };
  migrateGeminiKeys(raw, source);
  migrateCompatibleKeys(raw, source);
  return raw;
}

/** `generative-language-api-key: [k]` became `gemini-api-key: [{api-key: k}]`. */
function migrateGeminiKeys(raw: Record<string, unknown>, source: ConfigSource): void {
  const legacy = raw['generative-language-api-key'];
  if (!Array.isArray(legacy)) return;
  const entries: unknown[] = Array.isArray(raw['gemini-api-key']) ? [...raw['gemini-api-key']] : [];
  const known = new Set(entries.map((entry) => (isRecord(entry) ? entry['api-key'] : undefined)));
  for (const [index, key] of legacy.entries()) {
    if (known.has(key)) continue;
    const origin = ['generative-language-api-key', index];
    source.moved(['gemini-api-key', entries.length], origin);
    source.moved(['gemini-api-key', entries.length, 'api-key'], origin);
    entries.push({ 'api-key': key });
  }
  raw['gemini-api-key'] = entries;
}

/** `api-keys: [k]` of a compatible provider became `api-key-entries: [{api-key: k}]`. */
function migrateCompatibleKeys(raw: Record<string, unknown>, source: ConfigSource): void {
  const providers = raw['openai-compatibility'];
  if (!Array.isArray(providers)) return;
  raw['openai-compatibility'] = providers.map((provider: unknown, index) => {
    if (!isRecord(provider) || !Array.isArray(provider['api-keys'])) return provider;
    const current: unknown[] = Array.isArray(provider['api-key-entries']) ? provider['api-key-entries'] : [];
    const known = new Set(current.map((entry) => (isRecord(entry) ? entry['api-key'] : undefined)));
    const entries = [...current];
    for (const [position, key] of provider['api-keys'].entries()) {
      if (known.has(key)) continue;
      const origin = ['openai-compatibility', index, 'api-keys', position];
      source.moved(['openai-compatibility', index, 'api-key-entries', entries.length], origin);
      source.moved(['openai-compatibility', index, 'api-key-entries', entries.length, 'api-key'], origin);
      entries.push({ 'api-key': key });
    }
    const { 'api-keys': _legacy, ...rest } = provider;
    return { ...rest, 'api-key-entries': entries };
  });
}
