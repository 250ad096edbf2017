import { isRecord } from '../plain.js';
import { type RawConfig, textOf } from '../raw.js';
import type { Report } from '../report.js';
import { parseDuration } from '../schema/fields.js';
import { readStrategy } from '../schema/routing.js';

/** Values that fall back to a default when they cannot be read. */
export function checkWords(raw: RawConfig, report: Report): void {
  const { routing } = raw;
  if (isRecord(routing)) {
    const strategy = textOf(routing['strategy']);
    if (strategy !== undefined && readStrategy(strategy) === undefined) {
      report.warn(['routing', 'strategy'], 'unknown_strategy', 'no known strategy; round-robin is used');
    }
    const ttl = textOf(routing['session-affinity-ttl']);
    if (ttl !== undefined && parseDuration(ttl) === undefined) {
      report.warn(
        ['routing', 'session-affinity-ttl'],
        'invalid_duration',
        'not a duration such as 30m or 1h; 1h is used',
      );
    }
  }
  const image = textOf(raw['gpt-image-2-base-model']);
  if (image !== undefined && !image.startsWith('gpt-')) {
    report.warn(['gpt-image-2-base-model'], 'invalid_base_model', 'must start with gpt-; the default is used');
  }
}
