import { type RawConfig, textOf } from '../raw.js';
import type { Report } from '../report.js';

/** They stand in the documentation of the related gateways: everybody knows them. */
const SAMPLE_KEYS: ReadonlySet<string> = new Set(['your-api-key-1', 'your-api-key-2', 'your-api-key-3']);

export function checkClientKeys(raw: RawConfig, report: Report): void {
  const keys = raw['api-keys'];
  if (keys !== undefined && !Array.isArray(keys)) return;
  const filled = (keys ?? []).map(textOf);
  if (filled.every((key) => key === undefined)) {
    const message = 'no client keys: whoever reaches the gateway from this machine may use it, others may not';
    return report.warn(['api-keys'], 'no_client_keys', message, 'key');
  }
  const sample = filled.findIndex((key) => key !== undefined && SAMPLE_KEYS.has(key));
  if (sample >= 0) {
    const message = 'a sample key from the documentation; requests are refused until it is replaced';
    report.warn(['api-keys', sample], 'unsafe_example_api_key', message);
  }
}
