import type { RawConfig } from '../raw.js';
import type { Report } from '../report.js';
import { configSchema } from '../schema.js';
import { IDENTITY_SECTIONS } from './ignored-keys.js';

/** Read under another name. */
const LEGACY = ['generative-language-api-key'];
const MAX_DISTANCE = 2;

/** Unknown keys are nobody's fault, but one that is nearly a known one is a typing error. */
export function checkUnknownKeys(raw: RawConfig, report: Report): void {
  const known = [...Object.keys(configSchema.shape), ...LEGACY, ...IDENTITY_SECTIONS];
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    const nearest = nearestOf(key, known);
    if (nearest !== undefined) report.warn([key], 'unknown_key', `unknown key; did you mean ${nearest}?`, 'key');
  }
}

function nearestOf(key: string, known: readonly string[]): string | undefined {
  const spelled = key.toLowerCase().replaceAll('_', '-');
  // Short keys are all alike: `foo` is one letter from `roo`.
  const limit = Math.min(MAX_DISTANCE, Math.floor(spelled.length / 4));
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(spelled, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Levenshtein distance; stops caring beyond the limit. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
